"""The process that is Elasticsearch: a JVM inside Python, so that a Java runtime is enough and no javac is needed.

Run by path with ``python -P``, outside the packages, so that it starts quickly and imports nothing of the platform:
``elasticsearch_main.py HOME LIBJVM MODULE_PATH JVM_OPTION…``. SIGTERM closes the node and ends the process.
"""

import signal
import sys
from pathlib import Path

import jpype  # type: ignore[import-untyped]  # ships no type information

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main(home: str, jvm_library: str, module_path: str, *jvm_options: str) -> None:
    # Blocked before the JVM starts, so that none of its threads takes the signal meant for sigwait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    jpype.startJVM(
        f"--module-path={module_path}",
        "--add-modules=ALL-MODULE-PATH",
        # The JVM leaves the signals to us.
        "-Xrs",
        f"-Des.path.home={home}",
        *jvm_options,
        jvmpath=jvm_library,
        convertStrings=True,
    )
    node = start_node(Path(home))
    signal.sigwait(STOP_SIGNALS)
    node.close()
    jpype.java.lang.System.exit(0)


def start_node(home: Path) -> "jpype.JObject":
    """Start the node whose home folder holds ``config/elasticsearch.yml`` and ``modules/``."""
    java_path = jpype.JClass("java.nio.file.Path")
    settings_class = jpype.JClass("org.elasticsearch.common.settings.Settings")
    loader = jpype.JClass("org.elasticsearch.plugins.PluginsLoader")
    logs = jpype.JClass("org.elasticsearch.common.logging.LogConfigurator")
    collections = jpype.JClass("java.util.Collections")

    logs.configureESLogging()
    config = java_path.of(str(home / "config"))
    settings = (
        settings_class.builder().loadFromPath(config.resolve("elasticsearch.yml")).put("path.home", str(home)).build()
    )
    environment = jpype.JClass("org.elasticsearch.env.Environment")(settings, config)
    logs.setNodeName(settings.get("node.name"))
    logs.configure(environment, True)
    modules = loader.loadModulesBundles(environment.modulesDir())
    plugins = loader.createPluginsLoader(modules, collections.emptySet(), collections.emptyMap())
    return jpype.JClass("org.elasticsearch.node.Node")(environment, plugins).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
