using System.Text;
using System.Text.Json;

namespace Troupe.Bench.Load;

/// <summary>The rows every benchmark uses, of the shape the ingest page shows: name, phone, account_id.</summary>
internal static class Rows
{
    /// <summary>The columns.</summary>
    public static readonly string[] Columns = ["name", "phone", "account_id"];

    private static readonly string[] First = ["Ada", "Grace", "Mia", "Søren", "Alan", "Noor", "Chidi", "Zoë"];
    private static readonly string[] Last = ["Lovelace", "Hopper", "Wong", "Kierkegaard", "Turing", "Haddad", "Okafor", "Müller"];

    /// <summary>The values of the row with this number.</summary>
    public static string[] Values(int number) =>
        [$"{First[number & 7]} {Last[(number >> 3) & 7]}", $"+1555{number % 10_000_000:0000000}", $"A-{number % 100_000}"];
}

/// <summary>Ready-made HTTP requests.</summary>
internal static class Requests
{
    /// <summary>Ingest requests of so many rows each.</summary>
    /// <param name="path">Route.</param>
    /// <param name="key">API key; a bare endpoint gets the same header and ignores it.</param>
    /// <param name="table">Id of the table.</param>
    /// <param name="rows">Rows a request.</param>
    /// <param name="count">How many different requests.</param>
    public static ReadOnlyMemory<byte>[] Ingest(string path, string key, string table, int rows, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Post(path, key, Batch(table, i * rows, rows)))];

    /// <summary>Creations of contacts; without a key each is another contact, sent again too.</summary>
    public static ReadOnlyMemory<byte>[] Contacts(string path, string key, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Post(path, key, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["name"] = Rows.Values(i)[0],
            ["email"] = $"person{i}@harbor.example",
            ["company_name"] = "Harbor Works",
        })))];

    private static ReadOnlyMemory<byte> Post(string path, string key, byte[] body)
    {
        var head =
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n" +
            $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        return Encoding.ASCII.GetBytes(head).Concat(body).ToArray();
    }

    private static byte[] Batch(string table, int first, int rows)
    {
        var records = Enumerable.Range(first, rows)
            .Select(number => Rows.Columns.Zip(Rows.Values(number)).ToDictionary(pair => pair.First, pair => pair.Second));
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["dataTableId"] = table, ["records"] = records }, Json.Options);
    }
}
