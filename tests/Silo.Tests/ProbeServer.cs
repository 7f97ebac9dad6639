using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>One server with the probe's routes for all tests of a class.</summary>
public sealed class ProbeServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public string Workspace { get; private set; } = null!;

    /// <summary>A client that may do everything.</summary>
    public HttpClient All { get; private set; } = null!;

    /// <summary>A client that may only ingest.</summary>
    public HttpClient IngestOnly { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await TestServer.Start(routes: Probe.Routes);
        Workspace = await Server.MakeWorkspace();
        All = await Server.ClientWith([.. Identity.Scopes.All], Workspace);
        IngestOnly = await Server.ClientWith(["ingest"], Workspace);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
