using System.Text;

namespace Troupe.Tables;

/// <summary>How far an import is.</summary>
/// <param name="Bytes">Bytes of the file read.</param>
/// <param name="Rows">Rows staged or about to be.</param>
public readonly record struct ImportProgress(long Bytes, long Rows);

/// <summary>Reads one CSV file to its end and stages its rows in memory that does not grow with the file. Whatever goes wrong, a refused value or a caller
/// who hangs up, leaves nothing behind.</summary>
/// <param name="store">Where the rows are staged.</param>
/// <param name="clock">Gives the arrival time of the rows.</param>
/// <param name="workspace">The table's workspace.</param>
/// <param name="ticket">The leave to stage.</param>
public sealed class CsvImport(IRowStore store, TimeProvider clock, string workspace, ImportTicket ticket) : IDisposable
{
    private readonly Utf8Buffer _rows = new(Limits.SegmentBytes * 5 / 4);
    private readonly DateTimeOffset _now = Time.Milliseconds(clock.GetUtcNow());
    private IReadOnlyList<Column> _columns = [];
    private int[] _positions = [];
    private long _staged;
    private int _unstaged;

    /// <summary>Stages the file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="delimiter">As <see cref="CsvDialect.Delimiter"/> gives it.</param>
    /// <param name="progress">Called about every <see cref="Limits.ProgressBytes"/>; null when nobody wants to know.</param>
    /// <param name="cancel">The caller hung up.</param>
    public async Task<Outcome<StagedRows>> Run(Stream source, byte delimiter, Func<ImportProgress, ValueTask>? progress, CancellationToken cancel)
    {
        using var csv = new CsvReader(source, delimiter);
        var kept = false;
        try
        {
            var failure = await Header(csv, cancel) ?? await Records(csv, progress, cancel);
            kept = failure is null;
            return failure is null ? new StagedRows(ticket, _staged, csv.Bytes, _columns) : failure;
        }
        finally
        {
            if (!kept)
            {
                await store.Discard(workspace, ticket.Stage, CancellationToken.None);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private async Task<Failure?> Header(CsvReader csv, CancellationToken cancel)
    {
        CsvStep step;
        while ((step = csv.Next()) == CsvStep.More)
        {
            await csv.Fill(cancel);
        }

        return step switch
        {
            CsvStep.Record => Bind([.. Enumerable.Range(0, csv.Count).Select(i => Encoding.UTF8.GetString(csv.Field(i)).Trim())], csv.Line),
            CsvStep.Refused => csv.Failure,
            _ => CsvDialect.Invalid(1, 1, "the file is empty; its first line names the columns"),
        };
    }

    /// <summary>Settles the columns of the rows and where each stands in the file.</summary>
    private Failure? Bind(IReadOnlyList<string> names, long line)
    {
        foreach (var (index, problem) in ColumnRules.Problems(names))
        {
            return CsvDialect.Invalid(line, index + 1, problem.TrimEnd('.'));
        }

        var fixedColumns = ticket.Mode != ImportMode.Replace && ticket.Columns.Count > 0;
        var known = ticket.Columns.ToDictionary(column => column.Name);
        if (fixedColumns && !known.Keys.ToHashSet().SetEquals(names))
        {
            return SchemaMismatch.Of([.. ticket.Columns.Select(column => column.Name)], names, "The file does not have the columns of the table.")
                .With("line", line);
        }

        _columns = fixedColumns ? ticket.Columns : [.. names.Select(name => known.GetValueOrDefault(name) ?? new Column(name))];
        _positions = [.. _columns.Select(column => names.ToList().IndexOf(column.Name))];
        return null;
    }

    private async Task<Failure?> Records(CsvReader csv, Func<ImportProgress, ValueTask>? progress, CancellationToken cancel)
    {
        var told = 0L;
        while (true)
        {
            switch (csv.Next())
            {
                case CsvStep.Record:
                    if (Row(csv) is { } failure)
                    {
                        return failure;
                    }

                    if (_rows.Length >= Limits.SegmentBytes)
                    {
                        await Flush(cancel);
                    }

                    break;
                case CsvStep.More:
                    await csv.Fill(cancel);
                    if (progress is not null && csv.Bytes - told >= Limits.ProgressBytes)
                    {
                        told = csv.Bytes;
                        await progress(new(csv.Bytes, _staged + _unstaged));
                    }

                    break;
                case CsvStep.Refused:
                    return csv.Failure;
                case CsvStep.End:
                    await Flush(cancel);
                    return null;
            }
        }
    }

    private Failure? Row(CsvReader csv)
    {
        if (csv.Count != _positions.Length)
        {
            return CsvDialect.Invalid(
                csv.Line, Math.Min(csv.Count, _positions.Length) + 1, $"the line has {csv.Count} fields, the header has {_positions.Length}");
        }

        for (var i = 0; i < _positions.Length; i++)
        {
            _rows.Write(i == 0 ? (byte)'[' : (byte)',');
            if (CsvValue.Write(_rows, csv.Field(_positions[i]), _columns[i].Type) is { } problem)
            {
                return CsvDialect.Invalid(csv.Line, _positions[i] + 1, problem, _columns[i].Name);
            }
        }

        _rows.Write("]\n"u8);
        _unstaged++;
        return null;
    }

    private async ValueTask Flush(CancellationToken cancel)
    {
        if (_unstaged == 0)
        {
            return;
        }

        await store.Stage(workspace, ticket.Stage, new(_staged + 1, _unstaged, _rows.Written, _now), cancel);
        _staged += _unstaged;
        _unstaged = 0;
        _rows.Clear();
    }
}
