#!/usr/bin/env pwsh
# One verb each, every one a dotnet line (publish: one for each system). What follows the verb goes to it: ./run.ps1 train --network 784-128-10
param(
    [ValidateSet('train', 'test', 'bench', 'compare', 'publish', 'help')]
    [string] $Verb = 'help',
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Rest = @()
)
$ErrorActionPreference = 'Stop'
Push-Location $PSScriptRoot
try {
    switch ($Verb) {
        'train' { dotnet run -c Release --project src/MnistGpu -- train @Rest }
        'test' { dotnet test @Rest }
        'bench' { dotnet run -c Release --project kernels-bench -- @Rest }
        'compare' { dotnet run -c Release --project src/MnistGpu -- compare @Rest }
        'publish' {
            foreach ($rid in 'linux-x64', 'win-x64') {
                dotnet publish src/MnistGpu -c Release -r $rid -p:PublishSingleFile=true -o artifacts/publish/$rid @Rest
                if ($LASTEXITCODE -ne 0) { break }
            }
        }
        'help' { Write-Output 'usage: ./run.ps1 train|test|bench|compare|publish [options of that verb]' }
    }
    exit $LASTEXITCODE
}
finally {
    Pop-Location
}
