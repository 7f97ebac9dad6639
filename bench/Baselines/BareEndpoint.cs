using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Troupe.Bench.Baselines;

/// <summary>Kestrel with one route that reads the ingest body, counts its records and answers as the product does. It knows no key, no table and no
/// store.</summary>
internal static class BareEndpoint
{
    /// <summary>The route.</summary>
    public const string Path = "/api/v1/public/ingest";

    /// <summary>Serves until the process is killed; prints the address it listens on as its first line.</summary>
    public static async Task Serve()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost(Path, (RequestDelegate)Answer);
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await app.WaitForShutdownAsync();
    }

    private static async Task Answer(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var read = await reader.ReadAsync();
        while (!read.IsCompleted)
        {
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await reader.ReadAsync();
        }

        var inserted = Count(read.Buffer);
        reader.AdvanceTo(read.Buffer.End);
        var answer = JsonSerializer.SerializeToUtf8Bytes(new Inserted(true, inserted), Json.Options);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = answer.Length;
        await context.Response.BodyWriter.WriteAsync(answer);
    }

    private static int Count(ReadOnlySequence<byte> body)
    {
        var json = new Utf8JsonReader(body);
        var records = 0;
        while (json.Read())
        {
            if (json is { TokenType: JsonTokenType.EndObject, CurrentDepth: 2 })
                records++;
        }

        return records;
    }

    private sealed record Inserted(bool Ok, int Count);
}
