namespace Troupe.Silo.Storage;

/// <summary>How much a change weighs in the queue and in a transaction.</summary>
internal static class ChangeSize
{
    /// <summary>About how many bytes it carries.</summary>
    public static int Of(Change change)
    {
        var bytes = 256L; // what a change weighs beside its bodies, roughly
        foreach (var record in change.Records)
        {
            bytes += record.Body.Length;
        }

        foreach (var entry in change.Entries)
        {
            bytes += entry.Body.Length;
        }

        foreach (var rows in change.Rows)
        {
            bytes += rows is RowWrite.Append append ? append.Body.Length : 0;
        }

        foreach (var happened in change.Events)
        {
            bytes += happened.Data.Length + happened.Previous.Length;
        }

        foreach (var answer in change.Answers)
        {
            bytes += answer.Body.Length;
        }

        bytes += change.Audit?.Detail.Length ?? 0;
        return (int)Math.Min(bytes, int.MaxValue);
    }
}
