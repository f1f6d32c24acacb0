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

package io.github.lockstarter.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.fixture.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * What Prometheus gets from an application on this line of Spring Boot, and whether the
 * dashboard and the alerts ask for that.
 */
class MonitoringTests {

	private static final Path FILES = Path.of("").toAbsolutePath().getParent().resolve("docs/monitoring");

	private static final String HTML = "<script>alert(1)</script>\"'{{x}}";

	private static final Pattern SERIES = Pattern.compile("(distributed_scheduled_\\w+?)(?:\\{(.*)})? (\\S+)");

	private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

	/** A selector in an expression: the metric, and its matchers if it has some. */
	private static final Pattern SELECTOR = Pattern.compile("(distributed_scheduled_\\w+)(?:\\{([^}]*)})?");

	private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)");

	private static final Pattern AGGREGATION = Pattern.compile("by \\(([^)]*)\\)");

	private static final Pattern SHOWN = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)\\s*}}");

	/** Set by Prometheus when it scrapes. */
	private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance");

	private static ConfigurableApplicationContext context;

	/** All series that were scraped: by name, their labels and their values. */
	private static Map<String, Map<Map<String, String>, Double>> scraped = Map.of();

	@BeforeAll
	static void runJobsAndScrape() {
		context = start("batch-1");
		Jobs jobs = context.getBean(Jobs.class);
		await().atMost(Duration.ofSeconds(60)).until(() -> "ran".equals(jobs.run()));
		jobs.held();
		jobs.held();
		jobs.html();
		assertThatIllegalStateException().isThrownBy(jobs::fail);
		await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
			scraped = scrape(context);
			scraped.keySet().removeIf(MonitoringTests::isOfTheObservation);
			assertThat(value("distributed_scheduled_start_lag_seconds_count", "job_name", "scheduled")).isEqualTo(1);
			assertThat(value("distributed_scheduled_clock_offset_seconds")).isNotNaN();
			assertThat(value("distributed_scheduled_last_success_age_seconds", "job_name", "scheduled")).isBetween(0.0,
					600.0);
		});
	}

	private static ConfigurableApplicationContext start(String server, String... properties) {
		List<String> all = new ArrayList<>(
				List.of("--server.port=0", "--spring.datasource.url=jdbc:h2:mem:monitoring-" + server,
						"--spring.data.redis.url=" + RedisServer.shared().address(),
						"--management.endpoints.web.exposure.include=prometheus",
						"--distributed-scheduled.namespace=monitoring", "--distributed-scheduled.server-id=" + server));
		all.addAll(List.of(properties));
		return SpringApplication.run(Application.class, all.toArray(String[]::new));
	}

	/**
	 * Micrometer makes two meters of each observation.
	 */
	private static boolean isOfTheObservation(String name) {
		return name.startsWith("distributed_scheduled_run_");
	}

	/**
	 * They are on the page of operations, with how to switch them off and nothing else.
	 */
	@Test
	void theMetersOfTheObservationAreDocumentedAndCanBeSwitchedOff() throws Exception {
		assertThat(scrape(context).keySet()).filteredOn(MonitoringTests::isOfTheObservation)
			.contains("distributed_scheduled_run_seconds_count", "distributed_scheduled_run_active_seconds_count");
		String property = "management.metrics.enable.distributed.scheduled.run=false";
		assertThat(Files.readString(FILES.resolveSibling("operations.md"))).contains("`distributed.scheduled.run`",
				"`distributed.scheduled.run.active`", property);
		try (ConfigurableApplicationContext without = start("batch-2", "--" + property)) {
			assertThatIllegalStateException().isThrownBy(without.getBean(Jobs.class)::fail);
			assertThat(scrape(without).keySet()).contains("distributed_scheduled_runs_seconds_count")
				.noneMatch(MonitoringTests::isOfTheObservation);
		}
	}

	@AfterAll
	static void close() {
		if (context != null) {
			context.close();
		}
	}

	@Test
	void whatHasHappenedIsCounted() {
		assertThat(value("distributed_scheduled_runs_seconds_count", "job_name", "scheduled", "outcome", "SUCCEEDED"))
			.isEqualTo(1);
		assertThat(value("distributed_scheduled_runs_seconds_count", "job_name", "fails", "outcome", "FAILED"))
			.isEqualTo(1);
		assertThat(value("distributed_scheduled_runs_seconds_count", "job_name", "fails", "outcome", "SUCCEEDED"))
			.isZero();
		assertThat(value("distributed_scheduled_skips_total", "job_name", "held", "reason", "HELD")).isEqualTo(1);
		assertThat(value("distributed_scheduled_skips_total", "job_name", "held", "reason", "CRASHED")).isZero();
		assertThat(value("distributed_scheduled_acquire_seconds_count", "job_name", "held", "result", "granted"))
			.isEqualTo(1);
		assertThat(value("distributed_scheduled_acquire_seconds_count", "job_name", "held", "result", "refused"))
			.isEqualTo(1);
		assertThat(value("distributed_scheduled_renewals_failed_total", "job_name", "scheduled")).isZero();
		assertThat(value("distributed_scheduled_locks_lost_total", "job_name", "scheduled")).isZero();
		assertThat(value("distributed_scheduled_overdue", "job_name", "scheduled")).isZero();
		assertThat(value("distributed_scheduled_running", "job_name", "scheduled")).isZero();
		assertThat(value("distributed_scheduled_last_success_age_seconds", "job_name", "fails")).isNaN();
	}

	@Test
	void aNameThatIsHtmlIsATagLikeAnyOther() {
		assertThat(value("distributed_scheduled_runs_seconds_count", "job_name", HTML, "outcome", "SUCCEEDED"))
			.isEqualTo(1);
	}

	@Test
	void theAlertsAskForWhatIsThere() throws IOException {
		Map<?, ?> file = new Yaml().load(Files.readString(FILES.resolve("prometheus-alerts.yml")));
		Set<String> used = new TreeSet<>();
		Set<Object> names = new HashSet<>();
		for (Object group : (List<?>) file.get("groups")) {
			for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
				Map<?, ?> alert = (Map<?, ?>) rule;
				assertThat(names.add(alert.get("alert"))).as("the name of %s is new", alert).isTrue();
				assertThat(alert.get("expr")).as("the expression of %s", alert).isInstanceOf(String.class);
				assertThat(((Map<?, ?>) alert.get("labels")).get("severity")).isIn("critical", "warning");
				used.addAll(check((String) alert.get("expr"), texts(alert.get("annotations"))));
			}
		}
		assertThat(used).contains("distributed_scheduled_last_success_age_seconds", "distributed_scheduled_overdue",
				"distributed_scheduled_bypassed_total", "distributed_scheduled_locks_lost_total",
				"distributed_scheduled_renewals_failed_total", "distributed_scheduled_clock_offset_seconds",
				"distributed_scheduled_runs_seconds_count", "distributed_scheduled_skips_total");
	}

	/**
	 * JSON is YAML too.
	 */
	@Test
	void theDashboardAsksForWhatIsThere() throws IOException {
		Map<?, ?> dashboard = new Yaml().load(Files.readString(FILES.resolve("grafana-dashboard.json")));
		Set<String> used = new TreeSet<>();
		for (Object panel : (List<?>) dashboard.get("panels")) {
			for (Object target : (List<?>) ((Map<?, ?>) panel).get("targets")) {
				Map<?, ?> query = (Map<?, ?>) target;
				used.addAll(check((String) query.get("expr"), List.of((String) query.get("legendFormat"))));
			}
		}
		for (String text : texts(dashboard.get("templating"))) {
			used.addAll(check(text, List.of()));
		}
		assertThat(used).as("all that there is, but for what a sum and a count of the same timer say")
			.containsAll(scraped.keySet());
	}

	/**
	 * Check an expression, and the texts that show the labels of its result.
	 * @return the metrics that it asks for
	 */
	private static Set<String> check(String expression, Collection<String> texts) {
		Set<String> used = new TreeSet<>();
		Set<String> labels = new HashSet<>(OF_PROMETHEUS);
		Matcher selector = SELECTOR.matcher(expression);
		while (selector.find()) {
			String metric = selector.group(1);
			assertThat(scraped).as("what '%s' asks for", expression).containsKey(metric);
			Set<String> own = labels(metric);
			assertThat(own).as("the labels in '%s'", expression)
				.containsAll(named(MATCHER, (selector.group(2) != null) ? selector.group(2) : ""));
			labels.addAll(own);
			used.add(metric);
		}
		Matcher aggregation = AGGREGATION.matcher(expression);
		boolean aggregated = false;
		Set<String> left = new HashSet<>();
		while (aggregation.find()) {
			aggregated = true;
			left.addAll(List.of(aggregation.group(1).split("\\s*,\\s*")));
		}
		assertThat(labels).as("the labels that are left in '%s'", expression).containsAll(left);
		for (String text : texts) {
			assertThat(aggregated ? left : labels).as("the labels that '%s' shows", text)
				.containsAll(named(SHOWN, text));
		}
		return used;
	}

	private static Set<String> labels(String metric) {
		Set<String> labels = new HashSet<>(OF_PROMETHEUS);
		scraped.getOrDefault(metric, Map.of()).keySet().forEach((series) -> labels.addAll(series.keySet()));
		return labels;
	}

	private static Set<String> named(Pattern pattern, String text) {
		Set<String> names = new TreeSet<>();
		Matcher matcher = pattern.matcher(text);
		while (matcher.find()) {
			names.add(matcher.group(1));
		}
		return names;
	}

	/**
	 * Return all texts in a tree of maps and lists.
	 */
	private static List<String> texts(Object tree) {
		List<String> texts = new ArrayList<>();
		if (tree instanceof String text) {
			texts.add(text);
		}
		else if (tree instanceof Map<?, ?> map) {
			map.values().forEach((value) -> texts.addAll(texts(value)));
		}
		else if (tree instanceof Collection<?> collection) {
			collection.forEach((value) -> texts.addAll(texts(value)));
		}
		return texts;
	}

	private static double value(String metric, String... labels) {
		Map<String, String> expected = new TreeMap<>();
		for (int i = 0; i < labels.length; i += 2) {
			expected.put(labels[i], labels[i + 1]);
		}
		assertThat(scraped).containsKey(metric);
		assertThat(scraped.get(metric)).containsKey(expected);
		return scraped.get(metric).get(expected);
	}

	private static Map<String, Map<Map<String, String>, Double>> scrape(ConfigurableApplicationContext context)
			throws IOException, InterruptedException {
		URI uri = URI.create("http://localhost:" + context.getEnvironment().getProperty("local.server.port")
				+ "/actuator/prometheus");
		HttpResponse<String> response = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build(),
					HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).isEqualTo(200);
		Map<String, Map<Map<String, String>, Double>> all = new TreeMap<>();
		response.body().lines().map(SERIES::matcher).filter(Matcher::matches).forEach((line) -> {
			Map<String, String> labels = new TreeMap<>();
			Matcher label = LABEL.matcher((line.group(2) != null) ? line.group(2) : "");
			while (label.find()) {
				labels.put(label.group(1), label.group(2).replace("\\\"", "\"").replace("\\\\", "\\"));
			}
			all.computeIfAbsent(line.group(1), (name) -> new HashMap<>()).put(labels, Double.valueOf(line.group(3)));
		});
		return all;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	@Import(Jobs.class)
	static class Application {

	}

	static class Jobs {

		@Scheduled(fixedDelay = 3_600_000)
		@DistributedScheduled("scheduled")
		void scheduled() {
		}

		@DistributedScheduled("by-hand")
		String run() {
			return "ran";
		}

		@DistributedScheduled(name = "held", lockAtLeastFor = "1h")
		void held() {
		}

		@DistributedScheduled("fails")
		void fail() {
			throw new IllegalStateException("no orders");
		}

		@DistributedScheduled(HTML)
		void html() {
		}

	}

}
