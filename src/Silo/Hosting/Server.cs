using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Console;
using Troupe.Api;
using Troupe.Api.Auth;
using Troupe.Api.Operations;
using Troupe.Silo.Cluster;
using Troupe.Silo.Options;
using Troupe.Silo.Outbound;
using Troupe.Silo.Storage;

namespace Troupe.Silo.Hosting;

/// <summary>Puts the parts together: store, runtime, API, in the order in which they start. They stop in the other:
/// no new requests, the last answers, the grains, the store.</summary>
public static class Server
{
    /// <summary>Version of the program.</summary>
    public static string Version { get; } =
        typeof(Server).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>The application, not started yet.</summary>
    /// <param name="settings">Checked settings.</param>
    /// <param name="configuration">What they were read from; other parts and the logging read their sections.</param>
    /// <param name="replace">Registers other services first, e.g. a clock; what is registered here gives way to them.</param>
    public static WebApplication Build(Settings settings, IConfiguration configuration, Action<IServiceCollection>? replace = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "troupe" });
        builder.Configuration.AddConfiguration(configuration);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Listen).UseUrls([.. settings.Addresses]);
        AddLogging(builder, configuration);

        replace?.Invoke(builder.Services);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = 4_096);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(settings);
        builder.Services.AddStore(settings);
        builder.AddCluster(settings);
        builder.Services.AddSingleton<JobRecovery>().AddHostedService(provider => provider.GetRequiredService<JobRecovery>());
        builder.Services.AddSingleton(_ => new AdminToken(AdminTokenFile.FindOrMake(settings)));
        builder.Services.AddOutbound(OutboundReader.Read(configuration).Settings);
        builder.Services.AddSingleton(new PublicAddress(settings.PublicUrl?.TrimEnd('/')));
        builder.Services.AddTroupeApi();

        var app = builder.Build();
        app.Services.GetRequiredService<INode>(); // its age counts from here
        MapRoutes(app, settings);
        return app;
    }

    private static void MapRoutes(WebApplication app, Settings settings)
    {
        if (settings.Has(Settings.Api))
        {
            app.MapTroupeApi();
        }
        else
        {
            app.MapTroupeOperations();
        }
    }

    private static void Listen(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = Limits.BodyBytes;
    }

    private static void AddLogging(WebApplicationBuilder builder, IConfiguration configuration)
    {
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // what ends a start is told by the command, once
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning); // first, so that the configuration may say otherwise
        builder.Logging.AddConfiguration(configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });

        // Results are for standard output, the log is for standard error.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
