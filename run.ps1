#!/usr/bin/env pwsh
# One verb each, every one a dotnet line (publish: one for each system). What follows the verb goes to it as it stands:
#   ./run.ps1 train --network 784-128-10 --deform shift=1,rotate=15
# PowerShell makes an array of shift=1,rotate=15 where that stands without quotes (about_Parsing). A param block of
# strings would splice it into two words, so there is none: in $args it is one array still, and is joined again.
$commands = 'train', 'evaluate', 'predict', 'serve', 'export', 'import', 'join', 'twin',
    'show', 'compare', 'verify', 'devices', 'data', 'licences'
$words = @($args | ForEach-Object { if ($_ -is [array]) { $_ -join ',' } else { "$_" } })
$verb = if ($words.Count -gt 0) { $words[0] } else { 'help' }
$rest = @($words | Select-Object -Skip 1)
$ErrorActionPreference = 'Stop'
$program = Join-Path $PSScriptRoot 'src/MnistGpu'
if ($commands -contains $verb) {
    # In the folder of the user, whose paths these are.
    dotnet run -c Release --project $program -- $verb @rest
    exit $LASTEXITCODE
}

Push-Location $PSScriptRoot
try {
    switch ($verb) {
        'test' { dotnet test @rest }
        'bench' { dotnet run -c Release --project kernels-bench -- @rest }
        'pack' { dotnet pack -c Release -o artifacts/packages @rest }
        'publish' {
            foreach ($rid in 'linux-x64', 'win-x64') {
                dotnet publish src/MnistGpu -c Release -r $rid -p:PublishSingleFile=true -o artifacts/publish/$rid @rest
                if ($LASTEXITCODE -ne 0) { break }
            }
        }
        default {
            $verbs = $commands + 'test', 'bench', 'pack', 'publish'
            Write-Output "usage: ./run.ps1 $($verbs -join '|') [options of that verb]"
            if ('help', '--help', '-h' -contains $verb) { exit 0 }
            exit 2
        }
    }
    exit $LASTEXITCODE
}
finally {
    Pop-Location
}
