using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Troupe.Api.Operations;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>A server that stops finishes what it has begun.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task A_request_that_has_begun_is_answered_and_the_node_says_it_is_not_ready()
    {
        var work = new Probe.SlowWork();
        await using var server = await TestServer.Start(replace: services => services.AddSingleton(work), routes: Probe.Routes);
        var client = await server.ClientWith(["ingest"]);
        var node = server.Service<INode>();
        var stopping = new TaskCompletionSource();
        server.Service<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

        var answer = client.GetAsync(new Uri("/api/v1/probe/slow", UriKind.Relative));
        await work.Begun.Task;
        var stopped = server.Service<IHost>().StopAsync();
        await stopping.Task;
        Assert.Equal("The node is stopping.", await node.Unready(default));
        Assert.False(stopped.IsCompleted);

        work.MayEnd.SetResult();
        using var got = await answer;
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);
        await stopped.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
