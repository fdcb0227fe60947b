using System.Buffers.Binary;
using System.Text;
using MnistGpu.Exchange.Layers;

namespace MnistGpu.Exchange.Torch;

/// <summary>
/// Reads the pickle of a PyTorch file and executes nothing: of Python's names it knows those that build tensors and
/// dictionaries, as data, and refuses every other. The opcodes are those of Python's pickletools that torch.save
/// writes. A reader of our own, because it can bound what a hostile file makes of each byte.
/// </summary>
internal sealed class StatePickle
{
    /// <summary>A state_dict of a thousand layers has 100 KB.</summary>
    private const int MostBytes = 4 << 20;

    private const string Storages = "torch ";

    private static readonly HashSet<string> Known =
    [
        "collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter",
        .. TorchFile.StorageTypes.Select(type => Storages + type),
    ];

    private static readonly object Mark = new();

    private readonly string where;
    private readonly byte[] bytes;
    private readonly Stack<object?> stack = new();
    private readonly Dictionary<int, object?> memo = [];
    private int at;

    private StatePickle(string where, byte[] bytes) => (this.where, this.bytes) = (where, bytes);

    /// <summary>
    /// What the pickle holds: strings, numbers, null, lists as object?[], dictionaries as lists of pairs, tensors.
    /// </summary>
    /// <param name="where">The file, for errors.</param>
    /// <param name="bytes">The pickle.</param>
    /// <exception cref="UserErrorException">It is damaged, or holds what is no data of tensors.</exception>
    public static object? Read(string where, byte[] bytes)
    {
        if (bytes.Length > MostBytes)
        {
            throw Foreign.Damaged(where, $"at most {MostBytes:N0} bytes", $"{bytes.Length:N0}");
        }

        try
        {
            return new StatePickle(where, bytes).Run();
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or KeyNotFoundException
            or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw Foreign.Damaged(where, "a pickle of tensors", e.Message, e);
        }
    }

    private object? Run()
    {
        while (true)
        {
            var opcode = (char)Byte();
            switch (opcode)
            {
                case '\x80':
                    Byte();
                    break;
                case '\x95':
                    Take(8);
                    break;
                case '.':
                    return stack.Pop();
                case '(':
                    stack.Push(Mark);
                    break;
                case 'c':
                    Push(Global(Line() + " " + Line()));
                    break;
                case '\x93':
                    var name = Pop<string>();
                    Push(Global(Pop<string>() + " " + name));
                    break;
                case 'Q':
                    Push(Storage(Pop<object?[]>()));
                    break;
                case 'R':
                    var arguments = Pop<object?[]>();
                    Push(Build(Pop<PickledName>(), arguments));
                    break;
                case 'b':
                    // What an OrderedDict carries besides its pairs: versions of modules.
                    stack.Pop();
                    break;
                default:
                    if (!Remember(opcode) && !Collect(opcode) && !Literal(opcode))
                    {
                        throw Foreign.NoNetwork($"{where}, byte {at - 1}", "a state_dict, as torch.save writes it",
                            $"opcode 0x{(int)opcode:x2}", "save model.state_dict(), and nothing else");
                    }

                    break;
            }
        }
    }

    private bool Remember(char opcode)
    {
        switch (opcode)
        {
            case 'q':
                memo[Byte()] = stack.Peek();
                return true;
            case 'r':
                memo[Int()] = stack.Peek();
                return true;
            case '\x94':
                memo[memo.Count] = stack.Peek();
                return true;
            case 'h':
                Push(memo[Byte()]);
                return true;
            case 'j':
                Push(memo[Int()]);
                return true;
            default:
                return false;
        }
    }

    private bool Collect(char opcode)
    {
        switch (opcode)
        {
            case ')':
                Push(Array.Empty<object?>());
                return true;
            case ']':
                Push(new List<object?>());
                return true;
            case '}':
                Push(new PickledDictionary());
                return true;
            case 't':
                Push(ToMark());
                return true;
            case '\x85' or '\x86' or '\x87':
                var items = new object?[opcode - '\x84'];
                for (var i = items.Length - 1; i >= 0; i--)
                {
                    items[i] = stack.Pop();
                }

                Push(items);
                return true;
            case 'a':
                var item = stack.Pop();
                Peek<List<object?>>().Add(item);
                return true;
            case 'e':
                var more = ToMark();
                Peek<List<object?>>().AddRange(more);
                return true;
            case 's':
                var value = stack.Pop();
                var key = stack.Pop();
                Peek<PickledDictionary>().Pairs.Add((key, value));
                return true;
            case 'u':
                var pairs = ToMark();
                for (var i = 0; i < pairs.Length; i += 2)
                {
                    Peek<PickledDictionary>().Pairs.Add((pairs[i], pairs[i + 1]));
                }

                return true;
            default:
                return false;
        }
    }

    private bool Literal(char opcode)
    {
        switch (opcode)
        {
            case 'N':
                Push(null);
                return true;
            case '\x88' or '\x89':
                Push(opcode == '\x88');
                return true;
            case 'K':
                Push((long)Byte());
                return true;
            case 'M':
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                return true;
            case 'J':
                Push((long)Int());
                return true;
            case '\x8a':
                var number = Take(Byte());
                Push(number.Length > 8 ? throw new OverflowException("a whole number of more than 64 bits")
                    : Whole(number));
                return true;
            case 'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                return true;
            case 'X':
                Push(Encoding.UTF8.GetString(Take(Int())));
                return true;
            case '\x8c':
                Push(Encoding.UTF8.GetString(Take(Byte())));
                return true;
            default:
                return false;
        }
    }

    private static long Whole(ReadOnlySpan<byte> bytes)
    {
        var number = bytes.Length > 0 && bytes[^1] >= 0x80 ? -1L : 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            number = (number << 8) | bytes[i];
        }

        return number;
    }

    private PickledName Global(string name) => Known.Contains(name) ? new PickledName(name)
        : throw Foreign.NoNetwork(where, "tensors alone: nothing of a file is executed",
            $"the Python name {name.Replace(' ', '.')}",
            "load the file with PyTorch, and save model.state_dict() of it");

    private static PickledStorage Storage(object?[] id) =>
        id is ["storage", PickledName type, string key, _, long count]
        && type.Name.StartsWith(Storages, StringComparison.Ordinal)
            ? new PickledStorage(type.Name[Storages.Length..], key, count)
            : throw new InvalidCastException("a persistent id that is no storage");

    private static object? Build(PickledName name, object?[] arguments) => (name.Name, arguments) switch
    {
        ("collections OrderedDict", []) => new PickledDictionary(),
        ("torch._utils _rebuild_tensor_v2", [PickledStorage storage, long offset, object?[] size, object?[] stride, ..])
            => new PickledTensor(storage, offset, Numbers(size), Numbers(stride)),
        ("torch._utils _rebuild_parameter", [PickledTensor tensor, ..]) => tensor,
        _ => throw new InvalidCastException($"{name.Name} with other arguments"),
    };

    // A shape or its strides. Two bytes can name a tuple of any length again: it is refused before it is copied.
    private static long[] Numbers(object?[] tuple) => tuple.Length > TorchFile.MostDimensions
        ? throw new InvalidCastException($"{tuple.Length:N0} dimensions; at most {TorchFile.MostDimensions} are read")
        : Array.ConvertAll(tuple, n => n is long number ? number
            : throw new InvalidCastException("a shape of something else than whole numbers"));

    private object?[] ToMark()
    {
        var items = new List<object?>();
        for (var item = stack.Pop(); item != Mark; item = stack.Pop())
        {
            items.Add(item);
        }

        items.Reverse();
        return [.. items];
    }

    private T Pop<T>()
        where T : class => Typed<T>(stack.Pop());

    private T Peek<T>()
        where T : class => Typed<T>(stack.Peek());

    private static T Typed<T>(object? value)
        where T : class => value as T
        ?? throw new InvalidCastException($"{value?.GetType().Name ?? "null"} where {typeof(T).Name} belongs");

    private void Push(object? value) => stack.Push(value);

    private byte Byte() => bytes[at++];

    private int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = bytes.AsSpan(at, count);
        at += count;
        return taken;
    }

    private string Line()
    {
        var length = bytes.AsSpan(at).IndexOf((byte)'\n');
        var line = Encoding.UTF8.GetString(Take(length));
        at++;
        return line;
    }
}
