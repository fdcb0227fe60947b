namespace MnistGpu.Files;

/// <summary>Writes files so that a reader never sees half of one, even if the writer is interrupted.</summary>
internal static class AtomicFile
{
    private const string PreviousSuffix = ".previous";
    private const string TemporarySuffix = ".tmp";

    private static readonly EnumerationOptions Hidden = new()
    {
        AttributesToSkip = FileAttributes.Directory,
        MatchType = MatchType.Simple,
    };

    /// <summary>
    /// Writes to a temporary file next to <paramref name="path"/>, flushes it to the disk and renames it into place.
    /// When <paramref name="write"/> throws, the temporary file is removed and what was at the path stays.
    /// </summary>
    /// <param name="path">Where to; replaced if it is there.</param>
    /// <param name="write">Writes the content; the stream can seek.</param>
    /// <param name="keepPrevious">
    /// Whether what was at the path is kept as <see cref="Previous"/>. It gets this second name before the new one
    /// takes its place, so that at any instant the path names a whole file.
    /// </param>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void Write(string path, Action<Stream> write, bool keepPrevious = false)
    {
        var target = Target(path);
        var temporary = TemporaryFileFor(target);
        try
        {
            using (var file = Create(path, temporary))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            // Open until it has its name: nobody takes it for one that a killed writer left. Readers share this lock.
            using var named = OperatingSystem.IsWindows() ? null
                : new FileStream(temporary, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            if (keepPrevious && File.Exists(target))
            {
                Keep(target, Previous(path));
            }

            File.Move(temporary, target, overwrite: true);
            FileSystem.FlushFolder(Path.GetDirectoryName(target)!);
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" })
        {
            // The last is how a FileStream says that the file grows past what the file system or a limit allows
            // (EFBIG).
            throw Refuse(path, e);
        }
        finally
        {
            Remove(temporary);
        }
    }

    /// <summary>Where <see cref="Write"/> keeps what it replaced: FILE.previous.</summary>
    public static string Previous(string path) =>
        path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal) && new FileInfo(path).LinkTarget is not null
            ? Real(path) + PreviousSuffix : path + PreviousSuffix;

    /// <summary>The file that a path is the <see cref="Previous"/> of; the path itself where it is no such.</summary>
    public static string Replaced(string path) => path.EndsWith(PreviousSuffix, StringComparison.Ordinal)
        && Path.GetFileName(path).Length > PreviousSuffix.Length ? path[..^PreviousSuffix.Length] : path;

    /// <summary>
    /// Finds out whether <see cref="Write"/> could write there, before hours are spent on what is to be written, and
    /// removes what killed writers of this file left beside it.
    /// </summary>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void RequireWritable(string path)
    {
        var target = Target(path);
        if (Directory.Exists(target) || Path.GetFileName(target).Length == 0)
        {
            throw new UserErrorException("This cannot be written to", where: path, expected: "the name of a file",
                found: "a folder",
                todo: "add a file name to it");
        }

        if (File.Exists(target) && (File.GetAttributes(target) & FileAttributes.ReadOnly) != 0)
        {
            throw new UserErrorException("This cannot be written to", where: path,
                expected: "a file that may be replaced",
                found: "a read-only file", todo: "choose another name or allow writing");
        }

        Sweep(target);
        var temporary = TemporaryFileFor(target);
        try
        {
            Create(path, temporary).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refuse(path, e);
        }
        finally
        {
            Remove(temporary);
        }
    }

    /// <summary>Refuses a file to write that is also another one of a command's.</summary>
    /// <param name="option">What names the file.</param>
    /// <param name="path">The file; null for none.</param>
    /// <param name="others">The others, each with what names it; null for none.</param>
    /// <exception cref="UserErrorException">It is one of them.</exception>
    public static void RequireOwn(string option, string? path,
        params ReadOnlySpan<(string Option, string? Path)> others)
    {
        foreach (var (otherOption, other) in others)
        {
            if (path is not null && other is not null && string.Equals(Real(path), Real(other),
                OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase))
            {
                throw new UserErrorException("One file cannot be two things", where: $"{option} {path}",
                    expected: "a file of its own", found: $"the file of {otherOption}", todo: "name another file");
            }
        }
    }

    /// <summary>
    /// The file itself: what a link points to, never a device, which a rename would replace by a file.
    /// </summary>
    private static string Target(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new UserErrorException("This cannot be written to", where: "the name of a file", expected: "a name",
                found: "none", todo: "name a file");
        }

        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new UserErrorException("This cannot be written to", where: path, expected: "the name of a file",
                found: "a name with a NUL character", todo: "choose another name");
        }

        var target = Real(path);
        return FileSystem.IsSpecial(path)
            ? throw new UserErrorException("This cannot be written to", where: path, expected: "the name of a file",
                found: "a device or a pipe", todo: "name a file elsewhere")
            : target;
    }

    private static string Real(string path)
    {
        var full = Path.GetFullPath(path);
        return new FileInfo(full).LinkTarget is null ? full
            : File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
    }

    private static FileStream Create(string path, string temporary)
    {
        var folder = Path.GetDirectoryName(temporary);
        if (!Directory.Exists(folder))
        {
            throw new UserErrorException("This cannot be written to", where: path, expected: "a folder that exists",
                found: $"no folder {folder}",
                todo: "make the folder or choose another");
        }

        return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
    }

    private static string TemporaryFileFor(string target) =>
        Path.Combine(Path.GetDirectoryName(target) ?? target,
            $".{Path.GetFileName(target)}.{Guid.NewGuid():N}{TemporarySuffix}");

    /// <summary>Gives what is at a path its second name, in place of the one that had it before.</summary>
    private static void Keep(string target, string previous)
    {
        var second = TemporaryFileFor(target);
        try
        {
            FileSystem.LinkOrCopy(target, second);
            File.Move(second, previous, overwrite: true);
        }
        finally
        {
            // A rename onto another name of the same file leaves both.
            Remove(second);
        }
    }

    /// <summary>Removes temporary files for a target that no living writer has open.</summary>
    private static void Sweep(string target)
    {
        var (folder, start) = (Path.GetDirectoryName(target), $".{Path.GetFileName(target)}.");
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder, "*" + TemporarySuffix, Hidden))
        {
            var name = Path.GetFileName(file);
            if (name.StartsWith(start, StringComparison.Ordinal) && name.Length > start.Length + TemporarySuffix.Length
                && Guid.TryParseExact(name[start.Length..^TemporarySuffix.Length], "N", out _)
                && !FileSystem.IsSpecial(file))
            {
                RemoveUnlessOpen(file);
            }
        }
    }

    private static void RemoveUnlessOpen(string file)
    {
        try
        {
            using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1))
            {
            }

            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody is writing it, or it is not this user's.
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here says more than one about the leftover would.
        }
    }

    private static UserErrorException Refuse(string path, Exception e) =>
        new("This cannot be written to", where: path, found: e.Message,
            todo: "choose another place or allow writing there", inner: e);
}
