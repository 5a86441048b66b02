#!/usr/bin/env bash
# Nextflow from the jars beside this file. The packages are opened as the vendor's launcher does: on Java 17 no task runs without.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
java=${JAVA_CMD:-${JAVA_HOME:+$JAVA_HOME/bin/}java}
opens=()
for package in java.lang java.io java.nio java.net java.util java.util.concurrent.locks java.util.concurrent.atomic sun.nio.ch sun.nio.fs \
    sun.net.www.protocol.http sun.net.www.protocol.https sun.net.www.protocol.ftp sun.net.www.protocol.file jdk.internal.misc jdk.internal.vm; do
    opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
export NXF_OFFLINE=${NXF_OFFLINE:-true}
exec "$java" -XX:+TieredCompilation -XX:TieredStopAtLevel=1 ${NXF_OPTS:-} "${opens[@]}" -cp "$here/lib/*" nextflow.cli.Launcher "$@"
