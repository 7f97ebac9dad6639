# The server, as small as the official images make it: built with the SDK, run without it, not as root, on a root file system that may be read-only.
# Only /data (without PostgreSQL) and /tmp are written to. Build: docker build -t troupe .

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Packages first: they change less often than the code.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/Runtime/Runtime.csproj src/Runtime/
COPY src/Grains/Grains.csproj src/Grains/
COPY src/Api/Api.csproj src/Api/
COPY src/Silo/Silo.csproj src/Silo/
RUN dotnet restore src/Silo
COPY src src
COPY samples samples
COPY docs/reference/errors.md docs/reference/
RUN dotnet publish src/Silo --configuration Release --no-restore --output /out

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /out .
RUN install -d -o $APP_UID -g $APP_UID -m 0700 /data
# Diagnostics would want a socket in /tmp.
ENV TROUPE__URLS=http://0.0.0.0:3000 TROUPE__DATA=/data DOTNET_EnableDiagnostics=0
USER $APP_UID
VOLUME /data
EXPOSE 3000 3101
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=2 CMD ["/app/troupe", "health"]
ENTRYPOINT ["/app/troupe"]
CMD ["serve"]
