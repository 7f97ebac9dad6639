using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Troupe.Tests;

/// <summary>One try of a client: when it was sent, how long the answer took, and its status; 0 when none came.</summary>
public readonly record struct Attempt(long SentAt, TimeSpan Took, int Status, bool SaysWhenToRetry)
{
    /// <summary>Whether it was under way at this moment, see <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public bool IsUnderWay(long at) => SentAt <= at && Stopwatch.GetElapsedTime(SentAt, at) <= Took;
}

/// <summary>Clients that push batch after batch, each again under the same idempotency key until it is acknowledged, as clients of the contract do. At the
/// end every acknowledged row must be there once, in its client's order, its batch in one piece.</summary>
public sealed class IngestLoad : IDisposable
{
    private const int BatchRows = 25;
    private static readonly TimeSpan LongestRefusal = TimeSpan.FromMinutes(5); // a server that is killed again and again, on a busy machine
    private readonly HttpClient _http;
    private readonly string[] _tables;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Attempt> _attempts = [];
    private readonly TimeSpan _pause;
    private Task<int>[] _pushed = [];

    private IngestLoad(HttpClient http, string[] tables, TimeSpan pause) => (_http, _tables, _pause) = (http, tables, pause);

    /// <summary>Every try so far.</summary>
    public IReadOnlyCollection<Attempt> Attempts => _attempts;

    /// <summary>The tables it pushes into.</summary>
    public IReadOnlyList<string> Tables => _tables;

    /// <summary>Makes the tables and starts to push.</summary>
    /// <param name="http">Where to, with a key of the scopes <c>ingest</c>, <c>tables:read</c> and <c>tables:write</c>. Its time-out is the clients'
    /// patience; it is disposed of with the load.</param>
    /// <param name="tables">How many tables the clients are spread over.</param>
    /// <param name="clients">How many clients.</param>
    /// <param name="pause">How long a client rests between two batches.</param>
    public static async Task<IngestLoad> Start(HttpClient http, int tables, int clients, TimeSpan pause)
    {
        var draft = JsonNode.Parse("""{"name":"Calls","columns":[{"name":"client"},{"name":"batch"},{"name":"row"}]}""")!;
        var ids = new string[tables];
        for (var i = 0; i < tables; i++)
        {
            ids[i] = (await http.PostJson("/api/v1/data-tables", draft))["data"]!["id"]!.GetValue<string>();
        }

        var load = new IngestLoad(http, ids, pause);
        load._pushed = [.. Enumerable.Range(0, clients).Select(client => Task.Run(() => load.Push(client)))];
        return load;
    }

    /// <summary>Stops once every client has its last answer, reads all rows back and checks them; gives back how many there are.</summary>
    public async Task<int> Finish()
    {
        await _stop.CancelAsync();
        var batches = await Task.WhenAll(_pushed);
        for (var table = 0; table < _tables.Length; table++)
        {
            await Check(table, batches);
        }

        return batches.Sum() * BatchRows;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
    }

    private async Task<int> Push(int client)
    {
        var batch = 0;
        for (; !_stop.IsCancellationRequested; batch++)
        {
            var body = Body(_tables[client % _tables.Length], client, batch);
            var since = Stopwatch.GetTimestamp();
            while (await Refused(body, $"{client}-{batch}") is { } wait)
            {
                Assert.True(Stopwatch.GetElapsedTime(since) < LongestRefusal, $"client {client} was refused for {LongestRefusal.TotalSeconds} s");
                await Task.Delay(wait);
            }

            await Task.Delay(_pause);
        }

        return batch;
    }

    /// <summary>Null when the batch was acknowledged, else how long to wait before it is sent again.</summary>
    private async Task<TimeSpan?> Refused(string body, string idempotencyKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/public/ingest");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        var sent = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            var wait = answer.Headers.RetryAfter;
            _attempts.Enqueue(new(sent, Stopwatch.GetElapsedTime(sent), (int)answer.StatusCode, wait is not null));
            if ((int)answer.StatusCode >= 500)
            {
                return Wait(wait);
            }

            Assert.True(answer.IsSuccessStatusCode, text);
            Assert.Equal(BatchRows, JsonNode.Parse(text)!["inserted"]!.GetValue<int>());
            return null;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            _attempts.Enqueue(new(sent, Stopwatch.GetElapsedTime(sent), 0, false));
            return Wait(null);
        }
    }

    // As told, but this client is an impatient one.
    private static TimeSpan Wait(RetryConditionHeaderValue? told) =>
        TimeSpan.FromMilliseconds(Math.Min(told?.Delta?.TotalMilliseconds ?? 20, 500));

    private static string Body(string table, int client, int batch)
    {
        var rows = Enumerable.Range(0, BatchRows)
            .Select(row => string.Create(CultureInfo.InvariantCulture, $$"""{"client":"{{client}}","batch":"{{batch}}","row":"{{row}}"}"""));
        return $$"""{"dataTableId":"{{table}}","records":[{{string.Join(',', rows)}}]}""";
    }

    private async Task Check(int table, int[] batches)
    {
        var next = new (int Batch, int Row)[batches.Length];
        var open = -1; // the client whose batch is being read: batches are not interleaved row by row
        long seq = 0;
        await foreach (var row in _http.Items($"/api/v1/data-tables/{_tables[table]}/rows", 1000))
        {
            Assert.Equal(++seq, row["seq"]!.GetValue<long>());
            var values = row["values"]!;
            var (c, batch, index) = (Number(values["client"]), Number(values["batch"]), Number(values["row"]));
            Assert.True(next[c] == (batch, index), $"row {seq} is {(batch, index)} of client {c} and should be {next[c]}");
            Assert.True(open == -1 || open == c, $"row {seq} of client {c} stands inside a batch of client {open}");
            open = index == BatchRows - 1 ? -1 : c;
            next[c] = index == BatchRows - 1 ? (batch + 1, 0) : (batch, index + 1);
        }

        Assert.Equal(batches.Select((count, client) => (client % _tables.Length == table ? count : 0, 0)), next);
    }

    private static int Number(JsonNode? node) => int.Parse(node!.GetValue<string>(), CultureInfo.InvariantCulture);
}
