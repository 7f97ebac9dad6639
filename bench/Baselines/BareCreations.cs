using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Bench.Baselines;

/// <summary>Kestrel with one route that makes a contact as a plain program does: reads the body into an object, inserts a row through the driver, commits,
/// answers. No key, no checks, no audit, no event, no index; the file is set up as the store sets up its own.</summary>
internal static class BareCreations
{
    /// <summary>The route.</summary>
    public const string Path = "/api/v1/contacts";

    /// <summary>Serves until the process is killed; prints the address it listens on as its first line.</summary>
    public static async Task Serve(string file)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        using var setup = connection.CreateCommand();
        setup.CommandText = Pragmas.Writer
            + "CREATE TABLE contact (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT, company_name TEXT, created_at INTEGER)";
        setup.ExecuteNonQuery();
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO contact (id, name, email, company_name, created_at) VALUES ($id, $name, $email, $company_name, $created_at)";
        foreach (var name in (string[])["$id", "$name", "$email", "$company_name", "$created_at"])
            insert.Parameters.Add(new SqliteParameter { ParameterName = name });

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost(Path, (RequestDelegate)(context => Answer(context, insert)));
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await app.WaitForShutdownAsync();
    }

    private static async Task Answer(HttpContext context, SqliteCommand insert)
    {
        var contact = (await JsonSerializer.DeserializeAsync<Contact>(context.Request.Body, Json.Options))!;
        contact = contact with { Id = Guid.CreateVersion7().ToString("N"), CreatedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() };
        lock (insert)
        {
            object?[] values = [contact.Id, contact.Name, contact.Email, contact.CompanyName, contact.CreatedAt];
            for (var i = 0; i < values.Length; i++)
                insert.Parameters[i].Value = values[i] ?? DBNull.Value;
            insert.ExecuteNonQuery(); // outside a transaction a statement commits itself
        }

        var answer = JsonSerializer.SerializeToUtf8Bytes(contact, Json.Options);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = answer.Length;
        await context.Response.BodyWriter.WriteAsync(answer);
    }

    private sealed record Contact(string? Id, string Name, string? Email, string? CompanyName, long CreatedAt);
}
