using System.Net;
using System.Text.Json.Nodes;
using Troupe.Tests.Tables;

namespace Troupe.Tests.Ingest;

public class ConcurrentIngestStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Thirty_two_clients_leave_each_row_once_and_each_batch_in_one_piece()
    {
        const int clients = 32, batches = 10, rows = 7;
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("client", "batch", "row");

        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            for (var batch = 0; batch < batches; batch++)
            {
                var records = string.Join(',', Enumerable.Range(0, rows).Select(row => $$"""{"client":{{client}},"batch":{{batch}},"row":{{row}}}"""));
                Assert.Equal("""{"ok":true,"inserted":7}""", (await desk.Push(table, $"[{records}]", $"{client}/{batch}")).Answer.ToJsonString());
            }
        }));

        var seen = (await desk.Rows(table)).Select(text => JsonNode.Parse(text)!)
            .Select(r => (Client: (int)r["client"]!, Batch: (int)r["batch"]!, Row: (int)r["row"]!)).ToList();
        Assert.Equal(clients * batches * rows, seen.Count);
        Assert.All(seen.Chunk(rows), piece => Assert.Equal(Enumerable.Range(0, rows).Select(row => (piece[0].Client, piece[0].Batch, row)), piece));
        for (var client = 0; client < clients; client++)
        {
            Assert.Equal(Enumerable.Range(0, batches), seen.Where(s => s.Client == client && s.Row == 0).Select(s => s.Batch));
        }
    }

    [Fact]
    public async Task The_same_key_from_many_clients_at_once_inserts_once()
    {
        var desk = await Desk.Open(shared.Server);
        var table = await desk.Make("a");
        for (var round = 0; round < 10; round++)
        {
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 16).Select(i => desk.Push(table, i == 15 ? """[{"a":"other"}]""" : """[{"a":"same"},{"a":"same"}]""", $"round {round}")));
            var stored = answers.Where(a => a.Status == HttpStatusCode.OK).Select(a => (int)a.Answer["inserted"]!).Distinct().ToList();
            Assert.Single(stored); // either body may have been the first, and then the other is refused
            Assert.Equal(stored[0] == 2 ? 15 : 1, answers.Count(a => a.Status == HttpStatusCode.OK));
            Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a =>
                Assert.Equal((HttpStatusCode.Conflict, "IDEMPOTENCY_CONFLICT"), (a.Status, (string?)a.Answer["errorCode"])));
        }

        var rows = await desk.Rows(table);
        var other = rows.Count(row => row.Contains("other", StringComparison.Ordinal));
        Assert.Equal(other + (2 * (10 - other)), rows.Count);
    }

    [Fact]
    public async Task Rows_and_keys_outlive_the_process()
    {
        await using var server = await TestServer.Start();
        var desk = await Desk.Open(server);
        var table = await desk.Make("a");
        var key = desk.Http.DefaultRequestHeaders.Authorization!.Parameter!;
        await desk.Push(table, """[{"a":1}]""", "k");

        await server.Restart();
        using var client = server.Client(key);
        var body = $$"""{"dataTableId":"{{table}}","records":[{"a":1}]}""";
        Assert.Equal("""{"ok":true,"inserted":1}""", (await Desk.Send(client, "/api/v1/public/ingest", body, "k")).Answer.ToJsonString());
        Assert.Equal(1, (await client.GetJson($"/api/v1/data-tables/{table}"))["data"]!["row_count"]!.GetValue<int>());
    }
}
