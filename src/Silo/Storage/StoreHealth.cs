namespace Troupe.Silo.Storage;

/// <summary>Whether the database answers.</summary>
internal static class StoreHealth
{
    /// <summary>How long the database may take; one that takes longer is busy, not gone, and no reason to send customers away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>What keeps the database from answering; null when nothing does.</summary>
    public static async ValueTask<string?> Problem(IStorage storage, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            await storage.Probe(limit.Token);
            return null;
        }
        catch (StoreException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }
}
