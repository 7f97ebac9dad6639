using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime.Messaging;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Troupe.Api.Operations;
using Troupe.Silo.Options;
using Troupe.Silo.Storage.Postgres;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Silo.Cluster;

/// <summary>Hosts Microsoft Orleans, when built with <c>ActorRuntime=Orleans</c>. With its built-in counterpart the only place that knows a runtime.</summary>
public static class OrleansCluster
{
    private const string Driver = "Npgsql";
    private const int MailboxCalls = 10_000;

    /// <summary>Adds the runtime, which gives <see cref="IGrainFactory"/> and <see cref="INode"/>, and starts and stops with the host: add it after the store,
    /// so that it stops before it. Without a database it is a silo by itself, its reminders in the embedded database; with one, a member of
    /// the cluster kept there, or only its client when the node has no role <c>silo</c>.</summary>
    /// <exception cref="InvalidDataException">A database without an address for the cluster.</exception>
    public static void AddCluster(this WebApplicationBuilder builder, Settings settings)
    {
        if (settings.Database is null)
        {
            builder.UseOrleans(silo => Alone(Bound(silo)));
        }
        else
        {
            var database = PostgresAddress.Parse(settings.Database).ConnectionString;
            builder.Services.AddHostedService(_ => new OrleansTables(database));
            Join(builder, settings, database);
        }

        // Its log is long. First, so that the configuration may say otherwise.
        builder.Services.Configure<LoggerFilterOptions>(log => log.Rules.Insert(0, new(null, "Orleans", LogLevel.Warning, null)));
        builder.Services.AddSerializer(serializer => serializer.AddJsonSerializer(
            IsRecord, isCopyable: null, json => json.Configure(options => options.SerializerOptions = Json.Options)));
        builder.Services.AddSingleton<IGeneralizedCopier, Immutables>();
        builder.Services.AddSingleton<IOutgoingGrainCallFilter, Unreachable>();
        builder.Services.Configure<ExceptionSerializationOptions>(exceptions => exceptions.SupportedNamespacePrefixes.Add(nameof(Troupe)));
        builder.Services.AddSingleton<INode, OrleansNode>();
    }

    private static void Alone(ISiloBuilder silo)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        silo.UseLocalhostClustering(port, gatewayPort: 0).AddReminders();
        silo.Services.AddSingleton<IReminderTable, OrleansReminders>();
    }

    private static void Join(WebApplicationBuilder builder, Settings settings, string database)
    {
        if (!settings.Has(Settings.Silo))
        {
            builder.UseOrleansClient(client => client.Configure<ClusterOptions>(Name).UseAdoNetClustering(table =>
                (table.Invariant, table.ConnectionString) = (Driver, database)));
            return;
        }

        // Front ends without grains come in at the port after that of the silos.
        var address = Uri.TryCreate(settings.ClusterUrl, UriKind.Absolute, out var url) ? url : throw new InvalidDataException(
            "ClusterUrl: a silo of Orleans on PostgreSQL needs an address at which the others reach it, e.g. http://10.0.0.5:3101.");
        builder.UseOrleans(silo => Bound(silo)
            .Configure<ClusterOptions>(Name)
            .ConfigureEndpoints(address.Host, address.Port, address.Port + 1, listenOnAnyHostAddress: true)
            .UseAdoNetClustering(table => (table.Invariant, table.ConnectionString) = (Driver, database))
            .UseAdoNetReminderService(table => (table.Invariant, table.ConnectionString) = (Driver, database)));
    }

    private static void Name(ClusterOptions cluster) => (cluster.ClusterId, cluster.ServiceId) = ("troupe", "troupe");

    private static ISiloBuilder Bound(ISiloBuilder silo) => silo.Configure<SiloMessagingOptions>(calls => calls.MaxEnqueuedRequestsHardLimit = MailboxCalls);

    /// <summary>What crosses between nodes as JSON: the product's own records, which carry no attributes of Orleans.</summary>
    private static bool IsRecord(Type type) => type.Assembly == typeof(Catalog).Assembly && !typeof(Exception).IsAssignableFrom(type);

    /// <summary>Within a node records are passed as they are.</summary>
    private sealed class Immutables : IGeneralizedCopier
    {
        public bool IsSupportedType(Type type) => IsRecord(type);

        public object? DeepCopy(object? input, CopyContext context) => input;
    }

    /// <summary>Orleans has several words for a silo that can't be reached; the product knows one, and answers that it may be tried again.</summary>
    private sealed class Unreachable : IOutgoingGrainCallFilter
    {
        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            try
            {
                await context.Invoke();
            }
            catch (Exception fault) when (fault is OrleansMessageRejectionException and not SiloUnavailableException
                or ConnectionFailedException or GatewayTooBusyException)
            {
                throw new SiloUnavailableException(fault.Message, fault);
            }
        }
    }
}
