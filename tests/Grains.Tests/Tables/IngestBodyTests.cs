using System.Text;
using System.Text.Json;
using Troupe.Tables;

namespace Troupe.Tests.Tables;

public class IngestBodyTests
{
    private const string Id = "0197a5b0-0000-7000-8000-000000000001";

    private static readonly ColumnSet People = Columns(("name", ColumnType.String), ("phone", ColumnType.String), ("account_id", ColumnType.String));

    [Fact]
    public void Rows_come_out_in_the_order_of_the_columns_whatever_the_order_of_the_members()
    {
        var rows = Rows(People,
            """{"dataTableId":"ID","records":[{"phone":"+1","account_id":"A","name":"Ada"},{"name":"Bo","phone":null,"account_id":7.50}]}""");

        Assert.Equal("""["Ada","+1","A"]""" + "\n" + """["Bo",null,7.50]""" + "\n", rows);
    }

    [Fact]
    public void Values_of_string_columns_stay_as_they_came_escapes_included() =>
        Assert.Equal(
            """["\u0041\n\"x\"",true,-0.10e+3]""" + "\n",
            Rows(People, """{"dataTableId":"ID","records":[ {"name" : "\u0041\n\"x\"" , "phone": true, "account_id": -0.10e+3} ]}"""));

    [Fact]
    public void The_table_may_be_named_behind_the_records()
    {
        var body = Utf8("""{"records":[{"name":"Ada","phone":"1","account_id":"A"}],"dataTableId":"ID"}""");

        Assert.Equal(Guid.Parse(Id), IngestBody.TableOf(body).Value);
        Assert.Equal(1, Read(body, People).Value);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped() =>
        Assert.Equal("[1]\n", Rows(Columns(("a", ColumnType.Int)), "\uFEFF" + """{"dataTableId":"ID","records":[{"a":1}]}"""));

    [Fact]
    public void Members_may_be_written_with_escapes() =>
        Assert.Equal("[1]\n", Rows(Columns(("a", ColumnType.Int)), """{"dataTable\u0049d":"ID","\u0072ecords":[{"\u0061":1}]}"""));

    [Theory]
    [InlineData("""{"records":[]}""", "invalid_body")]
    [InlineData("""{"dataTableId":7,"records":[]}""", "invalid_body")]
    [InlineData("""{"dataTableId":"no-uuid","records":[]}""", "invalid_body")]
    [InlineData("""{"dataTableId":"{0197a5b0-0000-7000-8000-000000000001}","records":[]}""", "invalid_body")]
    [InlineData("""[1]""", "invalid_body")]
    [InlineData("""null""", "invalid_body")]
    [InlineData("", "malformed_json")]
    [InlineData("{", "malformed_json")]
    [InlineData("""{"a":}""", "malformed_json")]
    public void A_body_that_names_no_table_is_refused(string body, string code) => Assert.Equal(code, IngestBody.TableOf(Utf8(body)).Failure?.Code);

    [Theory]
    [InlineData("""{"dataTableId":"ID"}""", "invalid_body")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":"1"}],"records":[]}""", "invalid_body")]
    [InlineData("""{"dataTableId":"ID","dataTableId":"ID","records":[{"a":"1"}]}""", "invalid_body")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":"1"}],"upsert":true}""", "invalid_body")]
    [InlineData("""{"dataTableId":"ID","records":[]}""", "batch_size")]
    [InlineData("""{"dataTableId":"ID","records":{"a":"1"}}""", "batch_size")]
    [InlineData("""{"dataTableId":"ID","records":null}""", "batch_size")]
    [InlineData("""{"dataTableId":"ID","records":[1]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[["1"]]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":{}}]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":[1]}]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":1,"a":2}]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":1,"\u0061":2}]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":1e999}]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":"\ud800"}]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":"x\udc00"}]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":"\ud83dx"}]}""", "invalid_record")]
    [InlineData("""{"dataTableId":"ID","records":[{}]}""", "schema_mismatch")]
    [InlineData("""{"dataTableId":"ID","records":[{"A":1}]}""", "schema_mismatch")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":1,"b":2}]}""", "schema_mismatch")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":1}]} x""", "malformed_json")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":1}]}{}""", "malformed_json")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":1},]}""", "malformed_json")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":01}]}""", "malformed_json")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":NaN}]}""", "malformed_json")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":"\x"}]}""", "malformed_json")]
    [InlineData("""{"dataTableId":"ID","records":[{"a":1}""", "malformed_json")]
    public void A_body_of_the_wrong_shape_is_refused(string body, string code) =>
        Assert.Equal(code, Read(Utf8(body), Columns(("a", ColumnType.String))).Failure?.Code);

    [Fact]
    public void A_pair_of_escaped_surrogates_is_text() =>
        Assert.Equal("""["\ud83d\ude00 \\ud800"]""" + "\n",
            Rows(Columns(("a", ColumnType.String)), """{"dataTableId":"ID","records":[{"a":"\ud83d\ude00 \\ud800"}]}"""));

    [Fact]
    public void Five_hundred_records_are_taken_and_one_more_is_not()
    {
        static string Body(int records) => $$"""{"dataTableId":"ID","records":[{{string.Join(',', Enumerable.Repeat("""{"a":1}""", records))}}]}""";

        Assert.Equal(500, Read(Utf8(Body(500)), Columns(("a", ColumnType.Int))).Value);
        Assert.Equal("batch_size", Read(Utf8(Body(501)), Columns(("a", ColumnType.Int))).Failure?.Code);
    }

    [Fact]
    public void A_mismatch_tells_expected_received_and_the_first_bad_record()
    {
        var failure = Read(Utf8("""{"dataTableId":"ID","records":[{"name":"a","phone":"b","account_id":"c"},{"full_name":{"x":[1]},"phone":"b"}]}"""),
            People).Failure!;

        Assert.Equal("schema_mismatch", failure.Code);
        Assert.Equal(["name", "phone", "account_id"], Assert.IsAssignableFrom<IEnumerable<string>>(failure.Details["expected"]));
        Assert.Equal(["full_name", "phone"], Assert.IsAssignableFrom<IEnumerable<string>>(failure.Details["received"]));
        Assert.Equal(1, failure.Details["index"]);
    }

    [Fact]
    public void An_invalid_record_tells_its_index_and_column()
    {
        var failure = Read(Utf8("""{"dataTableId":"ID","records":[{"name":"a","phone":"b","account_id":{"deep":1}}]}"""), People).Failure!;

        Assert.Equal(("invalid_record", (object?)0, (object?)"account_id"), (failure.Code, failure.Details["index"], failure.Details["column"]));
    }

    [Theory]
    [InlineData(ColumnType.Int, "1", true)]
    [InlineData(ColumnType.Int, "-9223372036854775808", true)]
    [InlineData(ColumnType.Int, "9223372036854775808", false)]
    [InlineData(ColumnType.Int, "1.0", false)]
    [InlineData(ColumnType.Int, "1e3", false)]
    [InlineData(ColumnType.Int, "\"1\"", false)]
    [InlineData(ColumnType.Int, "true", false)]
    [InlineData(ColumnType.Int, "null", true)]
    [InlineData(ColumnType.Double, "1", true)]
    [InlineData(ColumnType.Double, "-1.5e300", true)]
    [InlineData(ColumnType.Double, "1e309", false)]
    [InlineData(ColumnType.Double, "\"1\"", false)]
    [InlineData(ColumnType.Boolean, "false", true)]
    [InlineData(ColumnType.Boolean, "0", false)]
    [InlineData(ColumnType.Boolean, "\"true\"", false)]
    [InlineData(ColumnType.Date, "\"2024-02-29\"", true)]
    [InlineData(ColumnType.Date, "\"2023-02-29\"", false)]
    [InlineData(ColumnType.Date, "\"2024-02-29T10:00\"", false)]
    [InlineData(ColumnType.Date, "20240229", false)]
    [InlineData(ColumnType.Datetime, "\"2024-02-29T23:59:59.123456789+05:30\"", true)]
    [InlineData(ColumnType.Datetime, "\"2024-02-29T10:00:00\\u002B01:00\"", true)]
    [InlineData(ColumnType.Datetime, "\"2024-02-29 10:00\"", true)]
    [InlineData(ColumnType.Datetime, "\"2024-02-29\"", false)]
    [InlineData(ColumnType.Datetime, "\"2024-02-29T24:00:00Z\"", false)]
    [InlineData(ColumnType.Datetime, "\"2024-02-29T10:00:00.Z\"", false)]
    [InlineData(ColumnType.Datetime, "\"2024-02-29T10:00:00z \"", false)]
    [InlineData(ColumnType.List, "[]", true)]
    [InlineData(ColumnType.List, "[1,\"a\",null,true]", true)]
    [InlineData(ColumnType.List, "[[1]]", false)]
    [InlineData(ColumnType.List, "[{}]", false)]
    [InlineData(ColumnType.List, "[1e999]", false)]
    [InlineData(ColumnType.List, "\"a\"", false)]
    [InlineData(ColumnType.Textarea, "\"a\\nb\"", true)]
    public void Typed_columns_take_their_type_and_null(ColumnType type, string value, bool taken)
    {
        var read = Read(Utf8($$"""{"dataTableId":"ID","records":[{"a":{{value}}}]}"""), Columns(("a", type)));

        Assert.Equal(taken ? null : "invalid_record", read.Failure?.Code);
    }

    [Fact]
    public void A_list_is_kept_without_blanks_so_that_a_row_stays_a_line() =>
        Assert.Equal("""[["a b",1,"\" ]\\"],2]""" + "\n", Rows(
            Columns(("a", ColumnType.List), ("b", ColumnType.Int)),
            """{"dataTableId":"ID","records":[{"b":2,"a":[ "a b",""" + "\n\t" + """1 , "\" ]\\" ]}]}"""));

    [Fact]
    public void Depth_bombs_are_refused()
    {
        var bomb = new string('[', 5_000_000);

        Assert.Equal("malformed_json", IngestBody.TableOf(Utf8($$"""{"records":{{bomb}}""")).Failure?.Code);
        Assert.Equal("invalid_record", Read(Utf8($$"""{"dataTableId":"ID","records":[{"a":{{bomb}}"""), Columns(("a", ColumnType.String))).Failure?.Code);
        Assert.Equal("malformed_json", Read(Utf8($$"""{"dataTableId":"ID","records":[{"z":{{bomb}}"""), Columns(("a", ColumnType.String))).Failure?.Code);
    }

    [Fact]
    public void Invalid_utf8_is_refused_wherever_it_stands()
    {
        byte[] body = [.. Utf8("""{"dataTableId":"ID","records":[{"a":"x"""), 0xC3, .. "\"}]}"u8];

        Assert.Equal("malformed_json", Read(body, Columns(("a", ColumnType.String))).Failure?.Code);
        Assert.Equal("malformed_json", IngestBody.TableOf(body).Failure?.Code);
    }

    [Fact]
    public void A_table_without_columns_is_refused() =>
        Assert.Equal("table_has_no_schema", Read(Utf8("""{"dataTableId":"ID","records":[{"a":1}]}"""), Columns()).Failure?.Code);

    [Fact]
    public void The_route_with_a_token_takes_no_table_in_the_body()
    {
        using var rows = new Utf8Buffer();

        Assert.Equal(1, IngestBody.Rows("""{"records":[{"a":1}]}"""u8, Columns(("a", ColumnType.Int)), named: false, rows).Value);
        Assert.Equal("invalid_body",
            IngestBody.Rows(Utf8("""{"dataTableId":"ID","records":[{"a":1}]}"""), Columns(("a", ColumnType.Int)), named: false, rows).Failure?.Code);
    }

    [Fact]
    public void Every_row_that_is_written_is_a_line_of_json_of_the_same_values()
    {
        var random = new Random(7);
        var columns = Columns([.. Enumerable.Range(0, 6).Select(i => ($"c{i}", ColumnType.String))]);
        for (var round = 0; round < 300; round++)
        {
            var records = Enumerable.Range(0, random.Next(1, 20)).Select(_ => columns.Names.ToDictionary(name => name, _ => Scalar(random))).ToList();
            var shuffled = records.Select(record => record.OrderBy(_ => random.Next()).ToDictionary());
            var body = JsonSerializer.SerializeToUtf8Bytes(new { dataTableId = Id, records = shuffled });
            using var rows = new Utf8Buffer(16);

            Assert.Equal(records.Count, IngestBody.Rows(body, columns, named: true, rows).Value);
            var lines = Encoding.UTF8.GetString(rows.Written.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(records.Count, lines.Length);
            Assert.Equal(
                records.Select(record => JsonSerializer.Serialize(columns.Names.Select(name => record[name]))),
                lines.Select(line => JsonSerializer.Serialize(JsonSerializer.Deserialize<object[]>(line))));
        }
    }

    private static object? Scalar(Random random) => random.Next(5) switch
    {
        0 => null,
        1 => random.NextInt64(),
        2 => random.Next(2) == 0,
        3 => string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => char.ConvertFromUtf32(Rune(random)))),
        _ => "plain",
    };

    private static int Rune(Random random) =>
        random.Next(3) switch { 0 => random.Next(0x20), 1 => random.Next(0x20, 0x7f), _ => random.Next(0x1F300, 0x1F400) };

    private static ColumnSet Columns(params (string Name, ColumnType Type)[] columns) => new(new(1, [.. columns.Select(c => new Column(c.Name, c.Type))]));

    private static byte[] Utf8(string body) => Encoding.UTF8.GetBytes(body.Replace("\"ID\"", $"\"{Id}\"", StringComparison.Ordinal));

    private static Outcome<int> Read(ReadOnlySpan<byte> body, ColumnSet columns)
    {
        using var rows = new Utf8Buffer();
        return IngestBody.Rows(body, columns, named: true, rows);
    }

    private static string Rows(ColumnSet columns, string body)
    {
        using var rows = new Utf8Buffer(1);
        var read = IngestBody.Rows(Utf8(body), columns, named: true, rows);
        Assert.Null(read.Failure);
        Assert.Equal(read.Value, rows.Written.Span.Count((byte)'\n'));
        return Encoding.UTF8.GetString(rows.Written.Span);
    }
}
