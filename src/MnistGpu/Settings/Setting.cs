using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace MnistGpu.Program.Settings;

/// <summary>An option of <c>train</c>, and what the rest of the program has to know of it.</summary>
internal abstract class Setting(Option option, SettingRole role, string group, string property)
{
    /// <summary>The option as the command has it.</summary>
    public Option Option { get; } = option;

    /// <summary>What it is to a run.</summary>
    public SettingRole Role { get; } = role;

    /// <summary>The heading it stands under in the help.</summary>
    public string Group { get; } = group;

    /// <summary>Its name on the command line.</summary>
    public string Name => Option.Name;

    /// <summary>Its name in the library, as a property of <see cref="TrainingOptions"/> or
    /// <see cref="LoadOptions"/>, where these have it.</summary>
    public string Property { get; init; } = property;

    /// <summary>What models and checkpoints call it.</summary>
    public string Key { get; init; } = option.Name[2..];

    /// <summary>Whether its text is kept as it is here: not where the network or the engine says it.</summary>
    public bool IsKept { get; init; } = role != SettingRole.Session;

    /// <summary>Whether the command in a report names it.</summary>
    public bool IsRepeated { get; init; } = role == SettingRole.Result;

    /// <summary>Whether a report lists it; null for where its command names it.</summary>
    public bool? IsListed { get; init; }

    /// <summary>Whether it names a file that a run writes and its checkpoints keep the name of.</summary>
    public bool IsWritten { get; init; }

    /// <summary>What the line "training" says of it where it is not at its default; null for nothing.</summary>
    public string? Line { get; init; }

    /// <summary>Whether the JSON of a run has it.</summary>
    public abstract bool IsInJson { get; }

    /// <summary>Its name in JSON.</summary>
    public string JsonName => Key.Replace('-', '_');

    /// <summary>Its text, that of the default where it is not given; empty for nothing.</summary>
    public abstract string TextIn(ParseResult parsed);

    /// <summary>Its value in JSON.</summary>
    public abstract object? JsonIn(ParseResult parsed);

    /// <summary>What the line "training" says of it; null for nothing.</summary>
    public abstract string? LineIn(ParseResult parsed);

    /// <summary>Whether a report lists what it was.</summary>
    public bool IsInReport => IsListed ?? IsRepeated;

    /// <summary>Whether the user wrote it.</summary>
    public bool IsGivenIn(ParseResult parsed) => parsed.GetResult(Option) is { Implicit: false };
}

/// <inheritdoc/>
/// <param name="option">The option.</param>
/// <param name="role">What it is to a run.</param>
/// <param name="group">Its heading in the help.</param>
/// <param name="property">The name of the field that it is, which the library's property usually has too.</param>
internal sealed class Setting<T>(Option<T> option, SettingRole role, string group,
    [CallerMemberName] string property = "") : Setting(option, role, group, property)
{
    /// <summary>What is meant where nothing is given; null for the option's own default.</summary>
    public Func<ParseResult, T>? Default { get; init; }

    /// <summary>A value as the option would be written; null for as the value's type is.</summary>
    public Func<T, string>? Text { get; init; }

    /// <summary>A value as JSON has it; null where it has none.</summary>
    public Func<T, object?>? Json { get; init; }

    /// <inheritdoc/>
    public override bool IsInJson => Json is not null;

    /// <summary>The value.</summary>
    public T In(ParseResult parsed) =>
        Default is null || IsGivenIn(parsed) ? parsed.GetValue((Option<T>)Option)! : Default(parsed);

    /// <inheritdoc/>
    public override string TextIn(ParseResult parsed) => TextOf(In(parsed));

    /// <inheritdoc/>
    public override object? JsonIn(ParseResult parsed) => Json!(In(parsed));

    /// <inheritdoc/>
    public override string? LineIn(ParseResult parsed)
    {
        var value = In(parsed);
        return Line is null || value is null || Equals(value, ((Option<T>)Option).DefaultValueFactory is { } usual
            ? usual(null!) : default)
            ? null
            : string.Format(CultureInfo.InvariantCulture, Line, TextOf(value));
    }

    private string TextOf(T value) => Text is not null ? Text(value) : value switch
    {
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };
}
