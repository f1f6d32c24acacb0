/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.github.lockstarter.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.context.ConfigurableApplicationContext;

import io.github.lockstarter.JobSkipped;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.autoconfigure.TroubledApplication.ByHand;
import io.github.lockstarter.autoconfigure.TroubledApplication.EverySecond;
import io.github.lockstarter.fixture.RecordedEvents;
import io.github.lockstarter.fixture.RedisSentinels;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.lock.JobLocks;

import static io.github.lockstarter.autoconfigure.LayoutApplication.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * TLS, to servers whose port for clients speaks nothing else.
 */
class RedisTlsTests {

	private static final int SLOTS = 16384;

	private static TestCertificate server;

	private static TestCertificate client;

	private static TestCertificate stranger;

	private final List<RedisServer> servers = new ArrayList<>();

	@BeforeAll
	static void makeCertificates(@TempDir Path directory) {
		server = TestCertificate.of(directory, "server");
		client = TestCertificate.of(directory, "client");
		stranger = TestCertificate.of(directory, "stranger");
	}

	@AfterEach
	void closeServers() {
		this.servers.forEach(RedisServer::close);
	}

	@Test
	void jobsRunAndBothSidesAreKnown() {
		assertJobsRun("url=rediss://127.0.0.1:" + start(true), true);
	}

	/**
	 * Slow, as the next two are: for each way to name a server one is started, and a
	 * whole application.
	 */
	@ParameterizedTest
	@Tag("slow")
	@CsvSource({ "url=rediss://127.0.0.1:%d, false", "host=127.0.0.1;port=%d, true",
			"masterreplica.nodes=127.0.0.1:%d, true" })
	void jobsRun(String properties, boolean mutual) {
		int port = start(mutual);
		assertJobsRun(properties.formatted(port), mutual);
	}

	@Test
	@Tag("slow")
	void jobsRunOnACluster() {
		int port = start(true, "--cluster-enabled", "yes", "--tls-cluster", "yes", "--cluster-announce-ip",
				"127.0.0.1");
		this.servers.get(0)
			.cli(Stream.concat(Stream.of("CLUSTER", "ADDSLOTS"), IntStream.range(0, SLOTS).mapToObj(String::valueOf))
				.toArray(String[]::new));
		assertJobsRun("cluster.nodes=127.0.0.1:" + port, true);
	}

	@Test
	@Tag("slow")
	void jobsRunWithASentinel() {
		int port = start(true);
		int sentinel = start(true, "sentinel monitor %s 127.0.0.1 %d 1".formatted(RedisSentinels.MASTER, port),
				"--sentinel", "--tls-replication", "yes");
		assertJobsRun("sentinel.master=" + RedisSentinels.MASTER + ";sentinel.nodes=127.0.0.1:" + sentinel, true);
	}

	private static void assertJobsRun(String properties, boolean mutual) {
		try (ConfigurableApplicationContext context = application(EverySecond.class, properties, server,
				mutual ? client : null)) {
			RecordedEvents events = context.getBean(RecordedEvents.class);
			await().until(() -> events.started().size() >= 2);
		}
	}

	@Test
	void aServerThatIsNotTrusted() {
		int port = start(false);
		assertRefused("url=rediss://127.0.0.1:" + port, stranger, null,
				"TLS with Redis failed: unable to find valid certification path");
	}

	@Test
	void aServerThatTheJvmDoesNotTrust() {
		int port = start(false);
		assertRefused("url=rediss://127.0.0.1:" + port, null, null,
				"TLS with Redis failed: unable to find valid certification path");
	}

	/**
	 * With TLS 1.3 that comes to light after the handshake; Redisson logs it, and waits.
	 */
	@Test
	void aClientWithoutACertificate() {
		int port = start(true);
		assertRefused("url=rediss://127.0.0.1:" + port, server, null, "no answer");
	}

	@Test
	void aClientThatIsNotTrusted() {
		int port = start(true);
		assertRefused("url=rediss://127.0.0.1:" + port, server, stranger, "no answer");
	}

	/**
	 * It waits for the rest of what it takes for a command.
	 */
	@Test
	void aServerWithoutTls() {
		assertRefused("url=" + RedisServer.shared().address().replace("redis:", "rediss:"), server, null, "no answer");
	}

	/**
	 * No job runs, and the reason is told, at the latest when connecting has failed.
	 */
	private static void assertRefused(String properties, @Nullable TestCertificate trusted,
			@Nullable TestCertificate own, String reason) {
		try (ConfigurableApplicationContext context = application(ByHand.class, properties, trusted, own)) {
			assertThat(context.getBean(JobLocks.class).ready()).failsWithin(Duration.ofSeconds(30));
			RecordedEvents events = context.getBean(RecordedEvents.class);
			await().untilAsserted(() -> {
				context.getBean(ByHand.class).run();
				assertThat(events.skips()).extracting(JobSkipped::detail)
					.anySatisfy((detail) -> assertThat(detail).contains(reason));
			});
			assertThat(events.skips()).extracting(JobSkipped::reason).containsOnly(SkipReason.REDIS_UNAVAILABLE);
			assertThat(events.started()).isEmpty();
		}
	}

	private static ConfigurableApplicationContext application(Class<?> job, String properties,
			@Nullable TestCertificate trusted, @Nullable TestCertificate own) {
		List<String> bundle = new ArrayList<>();
		if (trusted != null) {
			bundle.add("spring.data.redis.ssl.bundle=locks");
			bundle.add("spring.ssl.bundle.pem.locks.truststore.certificate=" + trusted.certificate());
		}
		if (own != null) {
			bundle.add("spring.ssl.bundle.pem.locks.keystore.certificate=" + own.certificate());
			bundle.add("spring.ssl.bundle.pem.locks.keystore.private-key=" + own.key());
		}
		return LayoutApplication.start(List.of(job),
				Stream.of(properties.split(";"))
					.map((property) -> "spring.data.redis." + property)
					.toArray(String[]::new),
				bundle.toArray(String[]::new));
	}

	/**
	 * Start a server.
	 * @param mutual whether clients need a certificate
	 * @param args the first may be the text of a configuration
	 * @return its port for TLS
	 */
	private int start(boolean mutual, String... args) {
		int port = RedisServer.freePort();
		Map<String, String> files = new HashMap<>(Map.of("server.crt", server.certificate(), "server.key", server.key(),
				"trusted.crt", client.certificate() + server.certificate()));
		List<String> all = new ArrayList<>(List.of(args));
		if (args.length > 0 && !args[0].startsWith("--")) {
			files.put("redis.conf", args[0] + "\n");
			all.set(0, "redis.conf");
		}
		all.addAll(List.of("--tls-port", String.valueOf(port), "--tls-cert-file", "server.crt", "--tls-key-file",
				"server.key", "--tls-ca-cert-file", "trusted.crt", "--tls-auth-clients", mutual ? "yes" : "no"));
		try {
			this.servers.add(RedisServer.peer(files, all.toArray(String[]::new)));
		}
		catch (IllegalStateException ex) {
			Assumptions.assumeFalse(String.valueOf(ex.getMessage()).contains("'tls-port"),
					"The Redis for tests was built without TLS");
			throw ex;
		}
		return port;
	}

}
