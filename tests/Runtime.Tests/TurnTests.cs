using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>One turn at a time; order of calls; exceptions.</summary>
public sealed class TurnTests
{
    [Fact]
    public async Task A_call_reaches_the_grain_and_its_answer_the_caller()
    {
        await using var host = new GrainHost([(typeof(IEcho), typeof(EchoGrain))]);
        Assert.Equal("a:hello", await host.Get<IEcho>("a").Say("hello"));
    }

    public interface IEcho : IGrainWithStringKey
    {
        Task<string> Say(string text);
    }

    public sealed class EchoGrain : Grain, IEcho
    {
        public Task<string> Say(string text) => Task.FromResult($"{this.GetPrimaryKeyString()}:{text}");
    }
}
