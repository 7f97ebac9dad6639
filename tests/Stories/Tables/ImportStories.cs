using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Troupe.Tests.Tables;

public class ImportStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task A_file_is_imported_and_another_appended()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make();

        var (status, answer) = await desk.Csv(table, "import", "\uFEFFname;note\r\nAda;\"two\nlines, \"\"quoted\"\"\"\r\n");
        Assert.Equal((HttpStatusCode.OK, 1, 1), (status, (int)answer["data"]!["inserted"]!, (int)answer["data"]!["table"]!["row_count"]!));
        Assert.Equal("""[{"name":"name","type":"string","metadata":false},{"name":"note","type":"string","metadata":false}]""",
            answer["data"]!["table"]!["columns"]!.ToJsonString());
        (status, answer) = await desk.Csv(table, "append", "note,name\n,Bo\n");
        Assert.Equal((HttpStatusCode.OK, 1, 2), (status, (int)answer["data"]!["inserted"]!, (int)answer["data"]!["table"]!["row_count"]!));
        (status, answer) = await desk.Csv(table, "append?delimiter=tab", "note\tname\na,b;c\tCy\n");
        Assert.Equal(HttpStatusCode.OK, status);

        Assert.Equal(["Ada/two\nlines, \"quoted\"", "Bo/", "Cy/a,b;c"],
            (await desk.Rows(table)).Select(row => JsonNode.Parse(row)!).Select(row => $"{row["name"]}/{row["note"]}"));
        Assert.Equal(3, (int)(await desk.Table(table))["row_count"]!);
        Assert.Equal(3, (await shared.Server.Events(desk.Workspace)).Count(e => e.Event.Type == "table.imported"));
    }

    [Fact]
    public async Task A_table_with_rows_is_imported_into_only_to_replace_them()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        await desk.Push(table, """[{"a":1}]""");

        var (status, answer) = await desk.Csv(table, "import", "a\n2\n");
        Assert.Equal((HttpStatusCode.Conflict, "table_not_empty"), (status, (string?)answer["error"]!["code"]));
        Assert.Equal(HttpStatusCode.OK, (await desk.Csv(table, "import?replace=true", "b\n2\n")).Status);
        Assert.Equal(["""{"b":"2"}"""], await desk.Rows(table));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await desk.Csv(table, "append?replace=true", "b\n2\n")).Status);
    }

    [Theory]
    [InlineData("import", "", HttpStatusCode.BadRequest, "invalid_csv", 1, 1)]
    [InlineData("append", "a,b\n1,2\n3\n", HttpStatusCode.BadRequest, "invalid_csv", 3, 2)]
    [InlineData("append", "a,b\n1,2\n\n3,4\n", HttpStatusCode.BadRequest, "invalid_csv", 3, 1)]
    [InlineData("append", "a,b\n1,2\n3,\"4\n", HttpStatusCode.BadRequest, "invalid_csv", 3, 2)]
    [InlineData("append", "a,b\n1,2\n3,x\0y\n", HttpStatusCode.BadRequest, "invalid_csv", 3, 2)]
    [InlineData("append", "b,a\n1,2\nx,4\n", HttpStatusCode.BadRequest, "invalid_csv", 3, 1)]
    [InlineData("append", "a;b,c\n1,2\n", HttpStatusCode.BadRequest, "delimiter_ambiguous", null, null)]
    [InlineData("append", "a,c\n1,2\n", HttpStatusCode.BadRequest, "schema_mismatch", 1, null)]
    [InlineData("append", "a\n1\n", HttpStatusCode.BadRequest, "schema_mismatch", 1, null)]
    [InlineData("append?delimiter=pipe", "a|b\n1|2\n", HttpStatusCode.UnprocessableEntity, "validation_failed", null, null)]
    [InlineData("append?progress=yes", "a,b\n1,2\n", HttpStatusCode.UnprocessableEntity, "validation_failed", null, null)]
    public async Task A_refused_file_says_where_and_leaves_nothing(string verb, string csv, HttpStatusCode status, string code, int? line, int? column)
    {
        var desk = await Desk.Open(shared.Server);
        var draft = Desk.Draft("a", "b");
        draft["columns"]![1]!["type"] = "int";
        var table = (await desk.Http.PostJson("/api/v1/data-tables", draft))["data"]!["id"]!.GetValue<string>();

        var (answered, answer) = await desk.Csv(table, verb, csv);

        var error = answer["error"]!;
        Assert.Equal((status, code, line, column), (answered, (string?)error["code"], (int?)error["line"], (int?)error["column"]));
        Assert.Equal(0, (int)(await desk.Table(table))["row_count"]!);
        Assert.Empty(await desk.Rows(table));
    }

    [Fact]
    public async Task A_mismatch_tells_expected_and_received()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a", "b");

        var error = (await desk.Csv(table, "append", "b,A\n1,2\n")).Answer["error"]!;

        Assert.Equal(("""["a","b"]""", """["b","A"]"""), (error["expected"]!.ToJsonString(), error["received"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task What_says_it_is_no_csv_is_415(string media)
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        using var content = new StringContent("a\n1\n");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(media);

        using var answer = await desk.Http.PostAsync(new Uri($"/api/v1/data-tables/{table}/append", UriKind.Relative), content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task A_file_larger_than_any_json_body_comes_in_with_progress()
    {
        const int lines = 400_000;
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make();
        var csv = Encoding.UTF8.GetBytes("id,text\n" + string.Concat(Enumerable.Range(1, lines).Select(n => $"{n},some text to make the line longer\n")));
        Assert.True(csv.Length > Limits.BodyBytes);

        using var content = new ByteArrayContent(csv);
        content.Headers.ContentType = new("text/csv");
        using var answer = await desk.Http.PostAsync(new Uri($"/api/v1/data-tables/{table}/import?progress=true", UriKind.Relative), content);

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.OK, "application/x-ndjson"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var told = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.InRange(told.Count, 10, 30);
        Assert.All(told[..^1], line => Assert.True((long)line["progress"]!["bytes"]! > 0 && (long)line["progress"]!["rows"]! < lines));
        Assert.Equal(told[..^1].Select(line => (long)line["progress"]!["bytes"]!).Order(), told[..^1].Select(line => (long)line["progress"]!["bytes"]!));
        Assert.Equal((lines, csv.Length), ((int)told[^1]["data"]!["inserted"]!, (int)told[^1]["data"]!["bytes"]!));
        Assert.Equal(lines, (int)(await desk.Table(table))["row_count"]!);
    }

    [Fact]
    public async Task With_progress_a_late_refusal_is_the_last_line_and_an_early_one_has_its_status()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        var (status, _) = await desk.Csv(table, "append?progress=true", "b\n1\n");
        Assert.Equal(HttpStatusCode.BadRequest, status);

        using var content = new StringContent("a\n" + string.Concat(Enumerable.Repeat("0123456789\n", 300_000)) + "x,y\n", null, "text/csv");
        using var answer = await desk.Http.PostAsync(new Uri($"/api/v1/data-tables/{table}/append?progress=true", UriKind.Relative), content);
        var last = JsonNode.Parse((await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!;
        Assert.Equal((HttpStatusCode.OK, "invalid_csv", 300_002), (answer.StatusCode, (string?)last["error"]!["code"], (int)last["error"]!["line"]!));
        Assert.Equal(0, (int)(await desk.Table(table))["row_count"]!);
    }

    [Fact]
    public async Task Ingest_goes_on_while_a_file_comes_in_and_its_rows_go_behind()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        using var upload = new SlowContent();
        var append = desk.Http.PostAsync(new Uri($"/api/v1/data-tables/{table}/append", UriKind.Relative), upload);
        await upload.Write("a\n" + string.Concat(Enumerable.Repeat("from the file\n", 50_000)));

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await desk.Push(table, """[{"a":"pushed"}]""")).Status);
        }

        Assert.Equal(10, (int)(await desk.Table(table))["row_count"]!);
        upload.End();
        using var answer = await append;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var rows = await desk.Rows(table);
        Assert.Equal(50_010, rows.Count);
        Assert.All(rows[..10], row => Assert.Contains("pushed", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_caller_who_hangs_up_leaves_nothing()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        var key = desk.Http.DefaultRequestHeaders.Authorization;
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(shared.Server.Address.Host, shared.Server.Address.Port);
            var stream = socket.GetStream();
            var rows = string.Concat(Enumerable.Repeat("0123456789\n", 200_000));
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /api/v1/data-tables/{table}/append?progress=true HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n"
                + $"Content-Type: text/csv\r\nContent-Length: {rows.Length * 2}\r\n\r\na\n{rows}"));
            Assert.True(await stream.ReadAsync(new byte[1_000]) > 0); // the first progress line: rows are staged
            socket.Client.LingerState = new(enable: true, 0);
        }

        Assert.Equal(HttpStatusCode.OK, (await desk.Push(table, """[{"a":"next"}]""")).Status);
        Assert.Equal(["""{"a":"next"}"""], await desk.Rows(table));
        Assert.Equal(HttpStatusCode.OK, (await desk.Csv(table, "append", "a\nagain\n")).Status);
        Assert.Equal(["""{"a":"next"}""", """{"a":"again"}"""], await desk.Rows(table));
    }

    /// <summary>A body that comes in as the test writes it.</summary>
    private sealed class SlowContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SlowContent() => Headers.ContentType = new("text/csv");

        public async Task Write(string text)
        {
            var stream = await _stream.Task;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
            await stream.FlushAsync();
        }

        public void End() => _end.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
