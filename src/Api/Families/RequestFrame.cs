using System.Globalization;
using System.Security.Cryptography;
using Troupe.Api.Auth;

namespace Troupe.Api.Families;

/// <summary>What is known of a request from the door on: its id, the accent to answer in, and who asks.</summary>
public sealed class RequestFrame(string requestId, Accent accent)
{
    private static readonly string Node = RandomNumberGenerator.GetHexString(12, lowercase: true);
    private static long _count;

    /// <summary><c>req_…</c>, made here: an id sent by the client is not trusted.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>The accent to answer in.</summary>
    public Accent Accent { get; } = accent;

    /// <summary>The caller of a route that asks for an API key; null elsewhere.</summary>
    public KeyCaller? Key { get; set; }

    /// <summary>Opens the frame of a request and puts its id on the answer.</summary>
    internal static RequestFrame Enter(HttpContext context, Accent accent)
    {
        // Unique without asking the system for random bytes at every request: random per process, then a counter.
        var id = string.Create(CultureInfo.InvariantCulture, $"req_{Node}{Interlocked.Increment(ref _count):x12}");
        var frame = new RequestFrame(id, accent);
        context.Features.Set(frame);
        context.Response.Headers["X-Request-Id"] = id;
        return frame;
    }
}

/// <summary>Reaching the frame.</summary>
public static class RequestFrames
{
    /// <summary>The frame of the request.</summary>
    public static RequestFrame Frame(this HttpContext context) =>
        context.Features.Get<RequestFrame>() ?? throw new InvalidOperationException("The request did not come through the front door.");

    /// <summary>Who asks, on a route of a family that asks for API keys.</summary>
    public static KeyCaller Caller(this HttpContext context) =>
        context.Frame().Key ?? throw new InvalidOperationException("This route asks for no API key; it has no caller.");
}
