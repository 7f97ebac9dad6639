using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Troupe.Tables;

namespace Troupe.Tests.Tables;

public class CsvReaderTests
{
    public static TheoryData<string, string[][]> Read_as_written => new()
    {
        { "a,b\n1,2\n", [["a", "b"], ["1", "2"]] },
        { "a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]] },
        { "a,b\n1,2", [["a", "b"], ["1", "2"]] },
        { "a,b\n1,2\r\n3,4\n", [["a", "b"], ["1", "2"], ["3", "4"]] },
        { "\uFEFFa,b\n1,2\n", [["a", "b"], ["1", "2"]] },
        { "\uFEFF\"a\",b\n1,2\n", [["a", "b"], ["1", "2"]] },
        { "a,b\n1,2\n\n\r\n\n", [["a", "b"], ["1", "2"]] },
        { "a,b\n\"x\ny\r\nz\",\"say \"\"hi\"\"\"\n", [["a", "b"], ["x\ny\r\nz", "say \"hi\""]] },
        { "a,b\n\"\",\n,\"\"\n", [["a", "b"], ["", ""], ["", ""]] },
        { "a,b\n\"\"\"\",\"\"\"\"\"\"", [["a", "b"], ["\"", "\"\""]] },
        { "a\n\"\"\n", [["a"], [""]] },
        { "a,b,\n1,2,", [["a", "b", ""], ["1", "2", ""]] },
        { "a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]] },
        { "a\tb\n1,5\t2;\n", [["a", "b"], ["1,5", "2;"]] },
        { "\"a;x\",b\n1;2,3\n", [["a;x", "b"], ["1;2", "3"]] },
        { "only\none\n", [["only"], ["one"]] },
        { " a , b \n 1 , 2 \n", [[" a ", " b "], [" 1 ", " 2 "]] },
        { "näme,💡\nü,\"ß\"\n", [["näme", "💡"], ["ü", "ß"]] },
        { "", [] },
        { "\n\n", [] },
        { "\uFEFF", [] },
    };

    [Theory]
    [MemberData(nameof(Read_as_written))]
    public async Task Files_are_read_as_they_are_written(string text, string[][] records)
    {
        // However the bytes come in.
        foreach (var packet in new[] { 1, 2, 3, 7, 1_000_000 })
        {
            Assert.Equal(records, await Records(text, packet));
        }
    }

    [Theory]
    [InlineData("a,b\n1,\"2\n3,4\n", 2, 2, "never closed")]
    [InlineData("a,b\n\"x\n\ny\",\"2\n3,4\n", 4, 2, "never closed")]
    [InlineData("a,b\n1,2\"3\n", 2, 2, "quote stands inside")]
    [InlineData("a,b\n1,\"2\"3\n", 2, 2, "follows a closing quote")]
    [InlineData("a,b\n1,\"2\" \n", 2, 2, "follows a closing quote")]
    [InlineData("a,b\n1\r,2\n", 2, 1, "carriage return")]
    [InlineData("a,b\r1,2\r", 1, 2, "carriage return")]
    [InlineData("a,b\n1,\"2\"\r", 2, 2, "carriage return")]
    [InlineData("a,b\n\n1,2\n", 2, 1, "empty")]
    [InlineData("a,b\n1,2\n\r\n3,4\n", 3, 1, "empty")]
    [InlineData("a,b\n1,x\0y\n", 2, 2, "NUL")]
    [InlineData("\"a\nb\",c\n1,2\n1,x\0y\n", 4, 2, "NUL")]
    public async Task What_has_no_one_meaning_is_refused_with_line_and_column(string text, long line, int column, string message)
    {
        foreach (var packet in new[] { 1, 3, 1_000_000 })
        {
            var failure = await Failing(Encoding.UTF8.GetBytes(text), packet);

            Assert.Equal((Refusal.Malformed, "invalid_csv"), (failure.Kind, failure.Code));
            Assert.Contains(message, failure.Message, StringComparison.Ordinal);
            Assert.Equal((line, column), ((long)failure.Details["line"]!, (int)failure.Details["column"]!));
        }
    }

    [Fact]
    public async Task Invalid_utf8_is_refused_with_line_and_column()
    {
        var failure = await Failing([.. "a,b\n1,2\n3,"u8, 0xE4, .. "\n"u8], 1_000_000);

        Assert.Equal((3L, 2), ((long)failure.Details["line"]!, (int)failure.Details["column"]!));
    }

    [Fact]
    public async Task Utf16_is_named_as_such() =>
        Assert.Contains("UTF-16", (await Failing([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a,b\n")], 1_000_000)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("a,b;c\n1,2\n")]
    [InlineData("a\tb;c\n")]
    public async Task Two_kinds_of_delimiter_in_the_first_line_are_ambiguous(string text) =>
        Assert.Equal("delimiter_ambiguous", (await Failing(Encoding.UTF8.GetBytes(text), 1_000_000)).Code);

    [Fact]
    public async Task A_delimiter_that_is_said_is_not_looked_for() =>
        Assert.Equal([["a,b", "c"], ["1,2", "3"]], await Records("a,b;c\n1,2;3\n", 5, CsvDialect.Delimiter("semicolon").Value));

    [Fact]
    public async Task A_field_may_have_a_mebibyte_and_not_more()
    {
        var whole = new string('x', Limits.CsvFieldBytes);

        Assert.Equal([["a"], [whole], [whole]], await Records($"a\n{whole}\n\"{whole}\"\n", 100_000));
        Assert.Contains("longer", (await Failing(Encoding.UTF8.GetBytes($"a\n{whole}x\n"), 100_000)).Message, StringComparison.Ordinal);
        Assert.Contains("longer", (await Failing(Encoding.UTF8.GetBytes($"a\n\"{whole}x\"\n"), 100_000)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quote_that_is_never_closed_ends_the_reading_after_a_mebibyte()
    {
        await using var endless = new EndlessStream("a,b\n1,\""u8.ToArray(), "text without end, "u8.ToArray(), long.MaxValue);
        using var csv = new CsvReader(endless);

        Assert.NotNull(await Drain(csv, null));
        Assert.InRange(csv.Bytes, 1, 4 * Limits.CsvFieldBytes);
    }

    [Fact]
    public async Task A_record_of_too_many_fields_is_refused() =>
        Assert.Contains("fields", (await Failing(Encoding.UTF8.GetBytes("a\n" + new string(',', 5_000_000)), 1_000_000)).Message, StringComparison.Ordinal);

    [Fact]
    public void Whatever_is_written_by_the_rules_is_read_as_it_was()
    {
        var field = Gen.Frequency(
            (4, Gen.Elements("", "a", "Ada", " x ", "é💡", "1,5", "tab\there")),
            (3, Gen.Elements('a', '"', ',', ';', '\n', '\r', ' ', 'ü').ArrayOf().Select(chars => new string(chars))));
        var table = from width in Gen.Choose(1, 5)
                    from rows in field.ArrayOf(width).NonEmptyListOf()
                    from newline in Gen.Elements("\n", "\r\n")
                    from delimiter in Gen.Elements(',', ';', '\t')
                    from packet in Gen.Choose(1, 40)
                    from last in Gen.Elements(true, false)
                    select (Rows: rows.ToArray(), newline, delimiter, packet, last);

        Prop.ForAll(table.ToArbitrary(), t =>
        {
            var lines = t.Rows.Select(row => string.Join(t.delimiter, row.Select(text => Quote(text, t.delimiter, row.Length == 1))));
            var text = string.Join(t.newline, lines) + (t.last ? t.newline : "");
            Assert.Equal(t.Rows, Records(text, t.packet, (byte)t.delimiter).GetAwaiter().GetResult());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Whatever_comes_in_is_read_or_refused_and_nothing_else()
    {
        var noise = Gen.Elements("a"u8[0], "\""u8[0], ","u8[0], ";"u8[0], "\n"u8[0], "\r"u8[0], (byte)0, (byte)0xC3, (byte)0xA9, (byte)0xEF, (byte)0xFF)
            .ArrayOf();

        Prop.ForAll(noise.ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), (bytes, packet) =>
        {
            using var whole = new CsvReader(new PacketStream(bytes, 1_000_000));
            using var parts = new CsvReader(new PacketStream(bytes, packet));
            List<string[]> first = [], second = [];
            var (one, other) = (Drain(whole, first).GetAwaiter().GetResult(), Drain(parts, second).GetAwaiter().GetResult());
            Assert.Equal((one?.Code, one?.Message), (other?.Code, other?.Message));
            Assert.Equal(first, second);
        }).QuickCheckThrowOnFailure();
    }

    private static string Quote(string text, char delimiter, bool alone) =>
        text.AsSpan().IndexOfAny([delimiter, '"', '\n', '\r']) >= 0 || (alone && text.Length == 0)
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;

    private static async Task<string[][]> Records(string text, int packet, byte delimiter = 0)
    {
        using var csv = new CsvReader(new PacketStream(Encoding.UTF8.GetBytes(text), packet), delimiter);
        var records = new List<string[]>();
        Assert.Null((await Drain(csv, records))?.Message);
        return [.. records];
    }

    private static async Task<Failure> Failing(byte[] bytes, int packet)
    {
        using var csv = new CsvReader(new PacketStream(bytes, packet));
        return Assert.IsType<Failure>(await Drain(csv, null));
    }

    private static async Task<Failure?> Drain(CsvReader csv, List<string[]>? records)
    {
        while (true)
        {
            switch (csv.Next())
            {
                case CsvStep.Record:
                    records?.Add([.. Enumerable.Range(0, csv.Count).Select(i => Encoding.UTF8.GetString(csv.Field(i)))]);
                    break;
                case CsvStep.More:
                    await csv.Fill(default);
                    break;
                default:
                    return csv.Failure;
            }
        }
    }
}
