using System.Text;

namespace Troupe.Tests.Tables;

/// <summary>Keeps staged segments in memory, or only counts them.</summary>
internal sealed class StageStore : IRowStore
{
    public List<RowSegment> Segments { get; } = [];

    public bool Discarded { get; private set; }

    public bool Forget { get; set; }

    public string Text => string.Concat(Segments.Select(s => Encoding.UTF8.GetString(s.Body.Span)));

    public ValueTask Stage(string workspace, string stage, RowSegment segment, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        Assert.Equal(segment.Count, segment.Body.Span.Count((byte)'\n'));
        if (!Forget)
        {
            Segments.Add(segment with { Body = segment.Body.ToArray() });
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask Discard(string workspace, string stage, CancellationToken cancel = default)
    {
        Discarded = true;
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<RowSegment>> Read(string workspace, string log, long fromSeq, int rows, CancellationToken cancel = default) =>
        throw new NotSupportedException();
}
