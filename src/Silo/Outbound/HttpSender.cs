using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Troupe.Spinners;

namespace Troupe.Silo.Outbound;

/// <summary>Sends one HTTP request through the <see cref="Guard"/>. No redirects, proxies, cookies or ambient credentials; bounded in time, headers and body.
/// Every failure is an answer.</summary>
public sealed class HttpSender : IDisposable
{
    private readonly HttpMessageInvoker _invoker;
    private readonly TimeProvider _clock;

    /// <param name="guard">Opens the connections.</param>
    /// <param name="clock">Time of the bounds and of Retry-After dates.</param>
    /// <param name="trust">Whom to trust in TLS; the system's authorities when null.</param>
    public HttpSender(Guard guard, TimeProvider clock, X509ChainPolicy? trust = null)
    {
        _clock = clock;
        _invoker = new(new SocketsHttpHandler
        {
            ConnectCallback = (context, cancel) => guard.Connect(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancel),
            SslOptions = new() { CertificateChainPolicy = trust },
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All, // the size is bounded after decompression
            MaxResponseHeadersLength = Limits.OutboundHeaderBytes / 1024,
            MaxResponseDrainSize = 0,
            MaxConnectionsPerServer = Limits.OutboundConnections,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2), // so that a changed address is seen (and checked) again
            ConnectTimeout = TimeSpan.FromSeconds(30), // a handshake that hangs outlives its request otherwise
            ActivityHeadersPropagator = null,
        });
    }

    /// <summary>The address of a URL that may be called; null when it is not http(s), has no host, or carries a user.</summary>
    public static Uri? Target(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", Host.Length: > 0, UserInfo.Length: 0, Port: > 0 } ? uri : null;

    /// <summary>Sends a request once.</summary>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async ValueTask<StepAnswer> Send(HttpCall call, CancellationToken cancel)
    {
        if (Target(call.Url) is not { } uri)
        {
            return StepAnswer.Failed("url_invalid", "The URL is no http or https address with a host and without a user.", retryable: false);
        }

        using var time = new CancellationTokenSource(call.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            using var request = Request(call, uri);
            using var response = await _invoker.SendAsync(request, either.Token);
            var body = await BoundedBody.Read(response.Content, _clock, either.Token);
            return new()
            {
                Status = (int)response.StatusCode,
                Body = body,
                ContentType = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type) ? type.ToString() : null,
                RetryAfter = RetryAfter(response.Headers.RetryAfter),
            };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return StepAnswer.Failed("timed_out", $"No whole answer within {call.Timeout.TotalSeconds:0.###} s.", retryable: true);
        }
        catch (Exception problem) when (problem is HttpRequestException or OutboundException or IOException or InvalidOperationException or FormatException)
        {
            cancel.ThrowIfCancellationRequested();
            return Explain(problem);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _invoker.Dispose();

    private static HttpRequestMessage Request(HttpCall call, Uri uri)
    {
        var request = new HttpRequestMessage(new(call.Method), uri);
        if (call.Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            if (call.ContentType is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", call.ContentType);
            }
        }

        request.Headers.TryAddWithoutValidation("Idempotency-Key", call.IdempotencyKey);
        foreach (var (name, value) in call.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        if (!request.Headers.NonValidated.Contains("User-Agent"))
        {
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Troupe", Hosting.Server.Version));
        }

        return request;
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? header?.Date - _clock.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static StepAnswer Explain(Exception problem)
    {
        for (var inner = problem; inner is not null; inner = inner.InnerException)
        {
            if (inner is OutboundException known)
            {
                return StepAnswer.Failed(known.Code, known.Message, known.Retryable);
            }
        }

        return (problem as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError =>
                StepAnswer.Failed("tls_failed", "No trusted TLS connection could be made.", retryable: false),
            HttpRequestError.ConfigurationLimitExceeded =>
                StepAnswer.Failed("response_too_large", $"The answer's headers are larger than {Limits.OutboundHeaderBytes} bytes.", retryable: false),
            HttpRequestError.InvalidResponse =>
                StepAnswer.Failed("response_invalid", "The answer is not valid HTTP.", retryable: true),
            _ when problem is InvalidOperationException or FormatException =>
                StepAnswer.Failed("request_invalid", "The request can't be sent as it is.", retryable: false),
            _ => StepAnswer.Failed("connection_lost", "The connection broke before the whole answer came.", retryable: true),
        };
    }
}
