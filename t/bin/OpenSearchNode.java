/* SPDX-License-Identifier: ISC */
/*
 * OpenSearchNode PORT-FILE DIR: a cluster of one node, without security, in
 * one process.  Its port goes to PORT-FILE; $PORT asks for a certain one.
 */
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

class OpenSearchNode extends Node {
	OpenSearchNode(Settings settings) {
		super(InternalSettingsPreparer.prepareEnvironment(settings,
		    Map.of(), null, () -> "node"), List.of(Netty4Plugin.class),
		    false);
	}

	public static void main(String[] args) throws Exception {
		String port = System.getenv("PORT");
		Node node = new OpenSearchNode(Settings.builder()
		    .put("path.home", args[1])
		    .put("cluster.name", "test")
		    .put("discovery.type", "single-node")
		    .put("transport.type", "netty4")
		    .put("http.type", "netty4")
		    .put("network.host", "127.0.0.1")
		    .put("http.port", port == null ? "0" : port)
		    .put("transport.port", "0")
		    .put("cluster.routing.allocation.disk.threshold_enabled",
		    false)
		    .put("node.store.allow_mmap", false)
		    .build()).start();
		Path fresh = Path.of(args[0] + ".new");

		Runtime.getRuntime().addShutdownHook(new Thread(() -> {
			try {
				node.close();
			} catch (Exception e) {
				e.printStackTrace();
			}
		}));
		Files.writeString(fresh, Integer.toString(node.injector()
		    .getInstance(HttpServerTransport.class).boundAddress()
		    .publishAddress().getPort()));
		Files.move(fresh, Path.of(args[0]),
		    StandardCopyOption.REPLACE_EXISTING);
		Thread.currentThread().join();
	}
}
