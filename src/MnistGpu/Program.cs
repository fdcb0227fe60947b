using System.Runtime.InteropServices;
using MnistGpu.Program;
using MnistGpu.Program.Commands;

try
{
    return CommandRunner.Run(Root.Create, args);
}
catch (Exception e) when (e is IOException or TypeInitializationException or ExternalException)
{
    // The parts of .NET that would say more cannot be opened themselves, and perhaps not the console.
    try
    {
        Console.Error.WriteLine("error: A part of the program cannot be opened: " + e.Message
            + "\n  to do    : check how many files may be open at once (ulimit -n)");
    }
    catch (Exception other) when (other is IOException or TypeInitializationException or ExternalException)
    {
    }

    return 2;
}
