using System.Text.Json.Nodes;
using Troupe.Api.Auth;
using Troupe.Api.OpenApi;
using Troupe.Tables;

namespace Troupe.Api.Families.Ingest;

/// <summary>Rows pushed into data tables, by API key or by the token of a table's webhook [ingest-api.md sections 4.1 and 4.2].</summary>
internal static class IngestRoutes
{
    /// <summary>Path of the route with a token, up to the token.</summary>
    public const string TokenPath = "/data-tables/ingest/";

    public static void MapIngest(this Family family)
    {
        // The size is counted while the body is read: the server would cut the connection, and the caller might never see why.
        family.Raw(HttpMethods.Post, "/ingest", "ingest", ByKey).OfAnySize()
            .Named("ingestRows").Shaped(sends: typeof(KeyedRowsDraft), answers: typeof(Ingested));
        family.Raw(HttpMethods.Post, TokenPath + "{token}", Family.Open, ByToken).OfAnySize()
            .Named("ingestRowsByToken").Shaped(sends: typeof(TokenRowsDraft), answers: typeof(Ingested));
    }

    private static async Task ByKey(HttpContext context)
    {
        using var body = new Utf8Buffer();
        var request = await IngestRequest.Read(context, body);
        await context.Answer(request.Ok ? await Store(context, request.Value) : request.Failure);
    }

    private static async Task<Outcome<Ingested>> Store(HttpContext context, IngestRequest request)
    {
        var table = IngestBody.TableOf(request.Body.Span);
        return table.Ok
            ? await Door(context).Store(new(context.Caller().Workspace, table.Value.ToString("D")), request, null)
            : table.Failure;
    }

    private static async Task ByToken(HttpContext context)
    {
        var token = (string)context.Request.RouteValues["token"]!;
        if (!IngestToken.TryTable(token, out var table))
        {
            await context.Answer(DataTable.NoWebhook);
            return;
        }

        var hash = IngestToken.Hash(token);
        var entry = await Door(context).Enter(table, hash);
        if (!entry.Ok)
        {
            await context.Answer(entry.Failure);
            return;
        }

        RateHeaders.Write(context.Response.Headers, entry.Value.Rate, entry.Value.Rate?.Remaining ?? 0);
        if (entry.Value.Rate is { Permits: 0 } rate)
        {
            await context.Answer(RateHeaders.Refusal(rate));
            return;
        }

        using var body = new Utf8Buffer();
        var request = await IngestRequest.Read(context, body);
        await context.Answer(request.Ok ? await Door(context).Store(table, request.Value, (hash, entry.Value.Schema)) : request.Failure);
    }

    private static TableDoor Door(HttpContext context) => context.RequestServices.GetRequiredService<TableDoor>();
}

/// <summary>The body of a push by key, for its description: what is sent is read as a stream and never becomes this.</summary>
/// <param name="DataTableId">The table.</param>
/// <param name="Records">1 to 500 flat objects with the table's columns.</param>
internal sealed record KeyedRowsDraft(Guid DataTableId, IReadOnlyList<JsonObject> Records);

/// <summary>The body of a push by token, for its description.</summary>
/// <param name="Records">1 to 500 flat objects with the table's columns.</param>
internal sealed record TokenRowsDraft(IReadOnlyList<JsonObject> Records);
