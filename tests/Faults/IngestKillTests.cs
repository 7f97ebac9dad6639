using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Troupe.Tests;

/// <summary>Acknowledged means durable: the server is killed again and again while clients push rows.</summary>
public sealed class IngestKillTests(ITestOutputHelper log)
{
    private const int Clients = 32;
    private const int Kills = 20;
    private const int BatchRows = 25;

    [Fact]
    public async Task Every_acknowledged_row_is_there_once_and_in_order_after_twenty_kills()
    {
        await using var server = new ServerProcess();
        await server.Start();
        var key = await server.MakeKey("ingest", "tables:read", "tables:write");
        var table = await MakeTable(server, key);

        using var stop = new CancellationTokenSource();
        var pushed = Enumerable.Range(0, Clients).Select(client => Push(server, key, table, client, stop.Token)).ToArray();
        var random = new Random(20261121);
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(random.Next(20, 600));
            await server.Kill();
            await server.Start();
        }

        await stop.CancelAsync();
        var batches = await Task.WhenAll(pushed);
        await CheckRows(server, key, table, batches);
        log.WriteLine($"{batches.Sum()} batches of {BatchRows} rows from {Clients} clients through {Kills} kills, {batches.Sum() * BatchRows} rows, each once");
    }

    private static async Task<string> MakeTable(ServerProcess server, string key)
    {
        using var client = server.Client(key);
        var columns = new JsonArray("client", "batch", "row");
        var draft = new JsonObject { ["name"] = "Calls", ["columns"] = new JsonArray([.. columns.Select(c => new JsonObject { ["name"] = c!.DeepClone() })]) };
        return (await client.PostJson("/api/v1/data-tables", draft))["data"]!["id"]!.GetValue<string>();
    }

    /// <summary>Sends batch after batch, each again with the same idempotency key until it is acknowledged; gives back how many were.</summary>
    private static async Task<int> Push(ServerProcess server, string key, string table, int client, CancellationToken stop)
    {
        using var http = server.Client(key, TimeSpan.FromSeconds(10));
        var batch = 0;
        for (; !stop.IsCancellationRequested; batch++)
        {
            var body = Body(table, client, batch);
            while (!await Acknowledged(http, body, $"{client}-{batch}"))
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }

        return batch;
    }

    private static async Task<bool> Acknowledged(HttpClient http, string body, string idempotencyKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/public/ingest");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        try
        {
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if ((int)answer.StatusCode >= 500)
            {
                return false; // stopping or overloaded: the contract says to try again
            }

            Assert.True(answer.IsSuccessStatusCode, text);
            Assert.Equal(BatchRows, JsonNode.Parse(text)!["inserted"]!.GetValue<int>());
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return false;
        }
    }

    private static string Body(string table, int client, int batch)
    {
        var rows = Enumerable.Range(0, BatchRows)
            .Select(row => string.Create(CultureInfo.InvariantCulture, $$"""{"client":"{{client}}","batch":"{{batch}}","row":"{{row}}"}"""));
        return $$"""{"dataTableId":"{{table}}","records":[{{string.Join(',', rows)}}]}""";
    }

    private static async Task CheckRows(ServerProcess server, string key, string table, int[] batches)
    {
        using var client = server.Client(key);
        var next = new (int Batch, int Row)[Clients];
        var open = -1; // the client whose batch is being read: batches are not interleaved row by row
        long seq = 0;
        await foreach (var row in client.Items($"/api/v1/data-tables/{table}/rows", 1000))
        {
            Assert.Equal(++seq, row["seq"]!.GetValue<long>());
            var values = row["values"]!;
            var (c, batch, index) = (Number(values["client"]), Number(values["batch"]), Number(values["row"]));
            Assert.Equal(next[c], (batch, index));
            Assert.True(open == -1 || open == c, $"row {seq} of client {c} stands inside a batch of client {open}");
            open = index == BatchRows - 1 ? -1 : c;
            next[c] = index == BatchRows - 1 ? (batch + 1, 0) : (batch, index + 1);
        }

        Assert.Equal(batches.Select(count => (count, 0)), next);
        Assert.Equal((long)batches.Sum() * BatchRows, seq);
    }

    private static int Number(JsonNode? node) => int.Parse(node!.GetValue<string>(), CultureInfo.InvariantCulture);
}
