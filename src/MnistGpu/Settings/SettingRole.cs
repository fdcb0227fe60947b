namespace MnistGpu.Program.Settings;

/// <summary>What an option is to a run.</summary>
internal enum SettingRole
{
    /// <summary>The result depends on it: checkpoints keep it, and a resumed run must have the same.</summary>
    Result,

    /// <summary>Checkpoints keep it, and a resumed run may have another.</summary>
    Free,

    /// <summary>It is for one call of the program: nothing keeps it.</summary>
    Session,
}
