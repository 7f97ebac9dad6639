using System.Buffers;
using System.Text;
using Troupe.Api.Auth;
using Troupe.Api.OpenApi;
using Troupe.Tables;

namespace Troupe.Api.Families.Workspace;

/// <summary>The rows of a data table, in order of arrival.</summary>
internal static class RowRoutes
{
    private const string Filter = "filter[";

    public static void MapRows(this Family family) => family.Get("/data-tables/{id}/rows", "tables:read", List).Pages(Limits.PageMax)
        .Query("filter[column]", "Rows whose column has this value; may be said for several columns.");

    private static async Task<Outcome<Page<RowView>>> List(
        string id, KeyCaller by, PageQuery page, IGrainFactory grains, IRowStore rows, HttpRequest request, CancellationToken cancel)
    {
        if (!page.Value.Ok)
        {
            return page.Value.Failure;
        }

        var table = await grains.TableOf(by.Workspace, id).Snapshot();
        if (!table.Ok)
        {
            return table.Failure;
        }

        var filters = Filters(request.Query, table.Value.Columns);
        if (!filters.Ok)
        {
            return filters.Failure;
        }

        var after = 0L;
        if (page.Value.Value.After is { } cursor && !RowId.TrySeq(cursor, table.Value.Log, out after))
        {
            return Failure.Invalid("cursor", "The table's rows were replaced since this cursor was given; start again without it.");
        }

        var pages = new RowPages(rows, by.Workspace, table.Value, filters.Value);
        var (found, next) = await pages.After(after, page.Value.Value.Limit, cancel);
        return new Page<RowView>(Views(found, table.Value), next is { } seq ? RowId.Of(table.Value.Log, seq) : null);
    }

    private static Outcome<IReadOnlyList<RowFilter>> Filters(IQueryCollection query, IReadOnlyList<string> columns)
    {
        var filters = new List<RowFilter>();
        foreach (var (name, values) in query.Where(pair => pair.Key.StartsWith(Filter, StringComparison.Ordinal)))
        {
            var column = name.EndsWith(']') ? columns.ToList().IndexOf(name[Filter.Length..^1]) : -1;
            if (column < 0 || values.Count != 1)
            {
                return Failure.Invalid(name, column < 0 ? "The table has no such column; write filter[column]=value." : "A column is filtered by one value.");
            }

            filters.Add(new(column, values[0] ?? ""));
        }

        return filters;
    }

    private static RowView[] Views(IReadOnlyList<TableRow> rows, TableSnapshot table)
    {
        using var text = new Utf8Buffer();
        var names = table.Columns.Select(Encoding.UTF8.GetBytes).ToArray();
        var values = ArrayPool<Range>.Shared.Rent(names.Length);
        var views = new RowView[rows.Count];
        for (var i = 0; i < views.Length; i++)
        {
            var row = rows[i];
            text.Clear();
            Write(text, row.Line.Span, names, values.AsSpan(0, RowLine.Split(row.Line.Span, values)));
            views[i] = new(RowId.Of(table.Log, row.Seq), row.Seq, new(text.Written.ToArray()), row.CreatedAt);
        }

        ArrayPool<Range>.Shared.Return(values);
        return views;
    }

    private static void Write(Utf8Buffer text, ReadOnlySpan<byte> line, byte[][] names, Span<Range> values)
    {
        text.Write((byte)'{');
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                text.Write((byte)',');
            }

            text.WriteString(names[i]);
            text.Write((byte)':');
            text.Write(line[values[i]]);
        }

        text.Write((byte)'}');
    }
}

/// <summary>A row as it is shown.</summary>
/// <param name="Id">Stays the row's own, also after a replacing import.</param>
/// <param name="Seq">Its place, from 1 in order of arrival.</param>
/// <param name="Values">An object with a member for each column.</param>
/// <param name="CreatedAt">When it came in.</param>
public sealed record RowView(string Id, long Seq, RawJson Values, DateTimeOffset CreatedAt);
