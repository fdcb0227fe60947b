using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MnistGpu.Files;

/// <summary>
/// SHA-256 for files and images. On Linux .NET has it from the system's OpenSSL, and ends the whole process where there
/// is none.
/// </summary>
internal static class Sha256
{
    private static readonly string[] Libraries =
        ["libssl.so.3", "libssl.so.1.1", "libssl.so.4", "libssl.so.1.0.2", "libssl.so.1.0.0", "libssl.so.10"];
    private static readonly Lazy<bool> IsThere = new(() => Array.Exists(Libraries, Loads));

    /// <summary>A hash of what is still to be appended.</summary>
    /// <exception cref="UserErrorException">The system has no OpenSSL.</exception>
    public static IncrementalHash Start()
    {
        Require();
        return IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>Finds out whether there will be hashes, before time is spent on what is to be hashed.</summary>
    /// <exception cref="UserErrorException">The system has no OpenSSL.</exception>
    public static void Require()
    {
        if (OperatingSystem.IsLinux() && !IsThere.Value)
        {
            throw new UserErrorException("This system has no OpenSSL, which guards files and downloads",
                where: "the system's libraries", expected: "libssl.so.3, or an older one", found: "none",
                todo: "install it: libssl3 on Debian, Ubuntu and Alpine, openssl-libs on Fedora and Red Hat");
        }
    }

    // It stays loaded: .NET will want it too.
    private static bool Loads(string name) => NativeLibrary.TryLoad(name, out _);
}
