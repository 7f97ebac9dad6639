namespace Troupe.Tests;

/// <summary>One server for the stories of a class; each story makes a workspace of its own.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await TestServer.Start();

    public Task DisposeAsync() => Server.DisposeAsync().AsTask();
}
