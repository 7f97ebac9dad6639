using System.Text;
using Troupe.Tables;

namespace Troupe.Tests.Tables;

public class CsvImportTests
{
    private static readonly Column[] Typed =
    [
        new("s"), new("b", ColumnType.Boolean), new("i", ColumnType.Int), new("d", ColumnType.Double),
        new("t", ColumnType.Datetime), new("y", ColumnType.Date), new("l", ColumnType.List),
    ];

    private readonly StageStore _store = new();

    [Fact]
    public async Task A_first_file_fixes_the_columns_as_text()
    {
        var staged = (await Import("name, Phone\nAda,\nBo,\"x\"\"\ny\"\n", ImportMode.First)).Value!;

        Assert.Equal([new Column("name"), new Column("Phone")], staged.Columns);
        Assert.Equal((2L, 28L), (staged.Count, staged.Bytes));
        Assert.Equal("[\"Ada\",\"\"]\n[\"Bo\",\"x\\\"\\ny\"]\n", _store.Text);
        Assert.Equal([(1L, 2)], _store.Segments.Select(s => (s.FirstSeq, s.Count)));
    }

    [Fact]
    public async Task A_further_file_is_put_into_the_order_of_the_table()
    {
        var staged = await Import("b,a\n1,2\n", ImportMode.Append, new("a"), new("b", ColumnType.Int, Metadata: true));

        Assert.Equal([new Column("a"), new Column("b", ColumnType.Int, Metadata: true)], staged.Value!.Columns);
        Assert.Equal("[\"2\",1]\n", _store.Text);
    }

    [Fact]
    public async Task A_replacing_file_brings_its_own_columns_and_inherits_types_by_name()
    {
        var staged = await Import("new,n\nx,7\n", ImportMode.Replace, new("n", ColumnType.Int, Metadata: true), new("old"));

        Assert.Equal([new Column("new"), new Column("n", ColumnType.Int, Metadata: true)], staged.Value!.Columns);
        Assert.Equal("[\"x\",7]\n", _store.Text);
    }

    [Fact]
    public async Task Typed_values_become_json_and_empty_ones_null()
    {
        await Import("s,b,i,d,t,y,l\n,,,,,,\n1,TRUE,-007,1.50,2024-02-29T10:00Z,2024-02-29,\"[1, \"\"a b\"\"]\"\n", ImportMode.First, Typed);

        Assert.Equal("[\"\",null,null,null,null,null,null]\n[\"1\",true,-7,1.5,\"2024-02-29T10:00Z\",\"2024-02-29\",[1,\"a b\"]]\n", _store.Text);
    }

    [Theory]
    [InlineData("b", "yes", 2)]
    [InlineData("b", "1", 2)]
    [InlineData("i", "1.5", 3)]
    [InlineData("i", "9223372036854775808", 3)]
    [InlineData("i", " 1", 3)]
    [InlineData("d", "1,5", 4)]
    [InlineData("d", "NaN", 4)]
    [InlineData("d", "Infinity", 4)]
    [InlineData("d", "1e999", 4)]
    [InlineData("t", "2024-02-30T10:00Z", 5)]
    [InlineData("y", "29.02.2024", 6)]
    [InlineData("l", "[1", 7)]
    [InlineData("l", "[1] x", 7)]
    [InlineData("l", "[[1]]", 7)]
    [InlineData("l", "{}", 7)]
    public async Task A_value_of_the_wrong_type_is_refused_with_line_and_column_and_nothing_is_kept(string name, string value, int column)
    {
        var fields = Typed.Select(c => c.Name == name ? $"\"{value}\"" : "");
        var failure = (await Import($"s,b,i,d,t,y,l\n,,,,,,\n\"\n\",,,,,,\n{string.Join(',', fields)}\n", ImportMode.First, Typed)).Failure!;

        Assert.Equal((Refusal.Malformed, "invalid_csv"), (failure.Kind, failure.Code));
        Assert.Equal((5L, column, name), ((long)failure.Details["line"]!, (int)failure.Details["column"]!, (string)failure.Details["column_name"]!));
        Assert.True(_store.Discarded);
    }

    [Theory]
    [InlineData("", 1, 1, "empty")]
    [InlineData("a,,c\n", 1, 2, "needs a name")]
    [InlineData("a,b,a\n", 1, 3, "twice")]
    [InlineData("a,b\n1\n", 2, 2, "has 1 fields, the header has 2")]
    [InlineData("a,b\n1,2,3\n", 2, 3, "has 3 fields, the header has 2")]
    [InlineData("\"a\nb\",c\n", 1, 1, "control characters")]
    public async Task A_bad_header_or_a_ragged_line_is_refused(string text, long line, int column, string message)
    {
        var failure = (await Import(text, ImportMode.First)).Failure!;

        Assert.Equal((line, column), ((long)failure.Details["line"]!, (int)failure.Details["column"]!));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.True(_store.Discarded);
    }

    [Fact]
    public async Task A_header_of_too_many_names_is_refused()
    {
        Assert.True((await Import(string.Join(',', Enumerable.Range(0, Limits.Columns).Select(i => $"c{i}")), ImportMode.First)).Ok);
        Assert.Contains("500 columns",
            (await Import(string.Join(',', Enumerable.Range(0, Limits.Columns + 1).Select(i => $"c{i}")), ImportMode.First)).Failure!.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ImportMode.First)]
    [InlineData(ImportMode.Append)]
    public async Task Other_columns_than_the_table_has_are_a_mismatch(ImportMode mode)
    {
        var failure = (await Import("a,B\n1,2\n", mode, new("a"), new("b"))).Failure!;

        Assert.Equal("schema_mismatch", failure.Code);
        Assert.Equal(["a", "b"], Assert.IsAssignableFrom<IEnumerable<string>>(failure.Details["expected"]));
        Assert.Equal(["a", "B"], Assert.IsAssignableFrom<IEnumerable<string>>(failure.Details["received"]));
    }

    [Fact]
    public async Task A_caller_who_hangs_up_leaves_nothing()
    {
        using var hangUp = new CancellationTokenSource();
        await using var file = new EndlessStream("a\n"u8.ToArray(), "some value\n"u8.ToArray(), 100_000_000);
        using var import = Importer(ImportMode.First);

        var run = import.Run(file, 0, progress =>
        {
            hangUp.Cancel();
            return ValueTask.CompletedTask;
        }, hangUp.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.True(_store.Discarded);
    }

    private CsvImport Importer(ImportMode mode, params Column[] columns) => new(_store, TimeProvider.System, "wrk_1", new(mode, 1, columns, "stage"));

    private async Task<Outcome<StagedRows>> Import(string text, ImportMode mode, params Column[] columns)
    {
        using var import = Importer(mode, columns);
        await using var file = new PacketStream(Encoding.UTF8.GetBytes(text), 1_000);
        return await import.Run(file, 0, null, default);
    }
}
