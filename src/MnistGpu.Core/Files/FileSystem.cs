using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MnistGpu.Files;

/// <summary>What .NET does not say about files: their type, second names, and when a folder is on the disk.</summary>
internal static unsafe partial class FileSystem
{
    private const string C = "libc";
    private const int CurrentFolder = -100;
    private const uint TypeMask = 1;
    private const int StatusBytes = 256;
    private const int ModeAt = 28;
    private const int ModeType = 0xF000;
    private const int Regular = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>
    /// Whether there is something that is neither a regular file nor a folder: a pipe, a device, a socket. To open one
    /// may wait for ever, and to read it need not end.
    /// </summary>
    public static bool IsSpecial(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return path.StartsWith(@"\\.\", StringComparison.Ordinal);
        }

        if (!OperatingSystem.IsLinux())
        {
            return IsDevice(path);
        }

        Span<byte> status = stackalloc byte[StatusBytes];
        try
        {
            fixed (byte* to = status)
            {
                // statx has one layout on every processor, which stat has not.
                if (Status(CurrentFolder, path, 0, TypeMask, to) != 0)
                {
                    return false;
                }
            }
        }
        catch (TypeLoadException)
        {
            // A C library from before 2018.
            return IsDevice(path);
        }

        return (BinaryPrimitives.ReadUInt16LittleEndian(status[ModeAt..]) & ModeType) is not (Regular or Folder);
    }

    /// <summary>
    /// Gives a file a second name, which must be free; a copy where the file system has no such names.
    /// </summary>
    /// <exception cref="IOException">It cannot be done.</exception>
    public static void LinkOrCopy(string file, string name)
    {
        if (!HasLinked(file, name))
        {
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            using var to = new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
            from.CopyTo(to, 1 << 20);
            to.Flush(flushToDisk: true);
        }
    }

    /// <summary>
    /// Puts a folder's names on the disk, so that a rename outlasts a power failure. Windows does so by itself, and
    /// some file systems cannot: then nothing happens.
    /// </summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            var handle = Open(folder, 0);
            if (handle >= 0)
            {
                _ = Flush(handle);
                _ = Close(handle);
            }
        }
        catch (TypeLoadException)
        {
        }
    }

    // Where the type of a file cannot be asked for, its place must do.
    private static bool IsDevice(string path) => Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal);

    private static bool HasLinked(string file, string name)
    {
        try
        {
            return OperatingSystem.IsWindows() ? CreateHardLink(name, file, 0) : Link(file, name) == 0;
        }
        catch (TypeLoadException)
        {
            return false;
        }
    }

    [LibraryImport(C, EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport(C, EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string name);

    [LibraryImport(C, EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport(C, EntryPoint = "fsync")]
    private static partial int Flush(int handle);

    [LibraryImport(C, EntryPoint = "close")]
    private static partial int Close(int handle);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string name, string file, nint security);
}
