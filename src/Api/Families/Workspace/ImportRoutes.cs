using Troupe.Api.OpenApi;
using Troupe.Tables;

namespace Troupe.Api.Families.Workspace;

/// <summary>CSV files into a data table: read as they come in, of any size, all or nothing.</summary>
internal static class ImportRoutes
{
    private const string Csv = "text/csv";
    private const string Delimiters = "comma, semicolon or tab; found out when unsaid.";
    private const string Lines = "true answers in lines of JSON while the file comes in.";

    public static void MapImports(this Family family)
    {
        family.Raw(HttpMethods.Post, "/data-tables/{id}/import", "tables:write", context => Answer(context, append: false)).OfAnySize()
            .Shaped(sendsMedia: Csv, answers: typeof(ImportView)).Query("replace", "true puts rows and columns out of the way.")
            .Query("delimiter", Delimiters).Query("progress", Lines);
        family.Raw(HttpMethods.Post, "/data-tables/{id}/append", "tables:write", context => Answer(context, append: true)).OfAnySize()
            .Shaped(sendsMedia: Csv, answers: typeof(ImportView)).Query("delimiter", Delimiters).Query("progress", Lines);
    }

    private static async Task Answer(HttpContext context, bool append)
    {
        var options = ImportOptions.Read(context.Request, append);
        if (!options.Ok)
        {
            await context.Answer(options.Failure);
            return;
        }

        var progress = options.Value.Progress ? new ProgressLines(context) : null;
        var outcome = (await Import(context, options.Value, progress)).Map(ImportView.Of);
        await (progress is { Started: true } ? progress.End(outcome) : context.Answer(outcome));
    }

    private static async Task<Outcome<(StagedRows, Stored<DataTable>)>> Import(HttpContext context, ImportOptions options, ProgressLines? progress)
    {
        var (by, services) = (context.Caller(), context.RequestServices);
        var table = services.GetRequiredService<IGrainFactory>().TableOf(by.Workspace, (string)context.Request.RouteValues["id"]!);
        var ticket = await table.OpenImport(options.Mode);
        if (!ticket.Ok)
        {
            return ticket.Failure;
        }

        var rows = services.GetRequiredService<IRowStore>();
        using var import = new CsvImport(rows, services.GetRequiredService<TimeProvider>(), by.Workspace, ticket.Value);
        var staged = await import.Run(context.Request.Body, options.Delimiter, progress is null ? null : progress.Write, context.RequestAborted);
        if (!staged.Ok)
        {
            return staged.Failure;
        }

        var closed = await table.CloseImport(staged.Value, by.Caller);
        if (!closed.Ok)
        {
            await rows.Discard(by.Workspace, ticket.Value.Stage, CancellationToken.None);
        }

        return closed.Map(now => (staged.Value, now));
    }
}

/// <summary>What a query says of an import.</summary>
/// <param name="Mode">What becomes of the rows that are there.</param>
/// <param name="Delimiter">What stands between fields; 0 to find it out.</param>
/// <param name="Progress">Whether to answer in lines while the file comes in.</param>
internal sealed record ImportOptions(ImportMode Mode, byte Delimiter, bool Progress)
{
    private static readonly string[] Media = ["text/csv", "application/csv", "text/tab-separated-values", "application/octet-stream"];

    /// <summary>Reads the query; also refuses bodies that say they are no CSV.</summary>
    public static Outcome<ImportOptions> Read(HttpRequest request, bool append)
    {
        var media = request.ContentType?.Split(';')[0].Trim();
        if (!string.IsNullOrEmpty(media) && !Media.Contains(media, StringComparer.OrdinalIgnoreCase))
        {
            return new Failure(Refusal.Unsupported, "unsupported_media_type",
                "Send the file as the body, with Content-Type: text/csv (curl: -H 'Content-Type: text/csv' --data-binary @file.csv).");
        }

        var delimiter = CsvDialect.Delimiter(request.Query.TryGetValue("delimiter", out var name) ? name.ToString() : null);
        var (replace, progress) = (Flag(request.Query, "replace"), Flag(request.Query, "progress"));
        return delimiter.Failure ?? replace.Failure ?? progress.Failure
            ?? (append && replace.Value ? Failure.Invalid("replace", "An append keeps the rows that are there; import with ?replace=true.")
            : (Outcome<ImportOptions>)new ImportOptions(
                append ? ImportMode.Append : replace.Value ? ImportMode.Replace : ImportMode.First, delimiter.Value, progress.Value));
    }

    private static Outcome<bool> Flag(IQueryCollection query, string name) => query[name].ToString() switch
    {
        "true" => true,
        "" or "false" => false,
        _ => Failure.Invalid(name, $"{name} is true or false."),
    };
}

/// <summary>What an import came to.</summary>
/// <param name="Inserted">Rows of the file.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Table">The table with them.</param>
public sealed record ImportView(long Inserted, long Bytes, TableView Table)
{
    /// <summary>The view of an import.</summary>
    public static ImportView Of((StagedRows Staged, Stored<DataTable> Table) import) =>
        new(import.Staged.Count, import.Staged.Bytes, TableView.Of(import.Table));
}
