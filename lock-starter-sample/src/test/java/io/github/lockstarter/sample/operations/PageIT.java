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

package io.github.lockstarter.sample.operations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import io.github.lockstarter.DistributedScheduled;
import io.github.lockstarter.JobRun.Trigger;
import io.github.lockstarter.SkipReason;
import io.github.lockstarter.fixture.RedisServer;
import io.github.lockstarter.operations.JobOperations;
import io.github.lockstarter.operations.JobReport;
import io.github.lockstarter.operations.Overview;
import io.github.lockstarter.operations.Refusal;
import io.github.lockstarter.operations.RunReport;
import io.github.lockstarter.operations.ServerReport;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page of two servers in a real browser. With {@code -Dscreenshots.update} the
 * pictures of the documentation are made anew. What is slow takes a browser of its own
 * each time, and pages that change every few seconds.
 */
class PageIT {

	private static final String HOSTILE = CannedOperations.HOSTILE;

	private static final int DESKTOP = 1280;

	private static final int PHONE = 360;

	/** Not the namespace, which is in the pictures. */
	private final String keyPrefix = "page-" + UUID.randomUUID() + ":";

	private final List<ConfigurableApplicationContext> servers = new ArrayList<>();

	private Browser browser;

	@BeforeEach
	void startBrowser() {
		Browser.missing().ifPresent((reason) -> {
			System.out.println("PageIT is skipped: " + reason);
			Assumptions.abort(reason);
		});
		this.browser = Browser.start();
	}

	@AfterEach
	void stop() {
		if (this.browser != null) {
			this.browser.close();
		}
		this.servers.forEach(ConfigurableApplicationContext::close);
	}

	@Test
	@Tag("slow")
	void operatorsSeeTwoServersAndSteerThem() throws IOException {
		start("batch-1", EndpointApplication.WRITES);
		start("batch-2", EndpointApplication.WRITES);
		this.browser.look("light", DESKTOP, 1400);
		open("batch-1");

		assertOneServerRunsATickAndTheOtherIsRefused();
		assertHostileNameIsText();
		assertKeyboardOpensAndLeavesADialog();
		pauseRunAndResume();
		awaitPage().until(() -> runs("succeeded") >= 20);
		assertNobodyStumbles();
		takePictures();
		assertThat(this.browser.console()).isEmpty();
	}

	private void assertOneServerRunsATickAndTheOtherIsRefused() {
		press("open", "settlement");
		awaitPage().untilAsserted(() -> {
			Set<String> ran = pairs("Runs", "settlement");
			Set<String> refused = pairs("Refusals", "settlement");
			assertThat(ran).as("refused: " + refused)
				.anyMatch((run) -> refused.contains(run.startsWith("batch-1") ? run.replace("batch-1", "batch-2")
						: run.replace("batch-2", "batch-1")));
		});
		assertThat(texts("svg text.name")).anyMatch((name) -> name.startsWith("batch-1"))
			.anyMatch((name) -> name.startsWith("batch-2"));
		awaitPage().until(() -> !this.browser.all("svg rect.good").isEmpty());
		awaitPage().until(() -> !this.browser.all("svg circle.refused").isEmpty());
		press("close", null);
	}

	/**
	 * Return server and tick of each row of a table of the job that is open.
	 */
	@SuppressWarnings("unchecked")
	private Set<String> pairs(String table, String job) {
		List<String> pairs = (List<String>) this.browser.run(
				"""
						if (document.getElementById('detail-title').textContent !== arguments[1]) {
							return [];
						}
						const table = document.querySelector(`#detail table[aria-label="${arguments[0]}"]`);
						const cell = (row, name) => row.children[[...table.tHead.rows[0].cells].findIndex((head) => head.textContent === name)];
						return table ? [...table.tBodies[0].rows].map((row) => cell(row, 'Server').textContent + ' '
							+ cell(row, 'Tick').querySelector('time').dateTime) : [];
						""",
				table, job);
		return Set.copyOf(pairs);
	}

	private void assertHostileNameIsText() {
		press("open", HOSTILE);
		awaitPage().until(() -> text("#detail-title").equals(HOSTILE));
		awaitPage().until(() -> text("#detail-body").contains("Failures in a row"));
		assertThat(texts("[data-do=open]")).contains(HOSTILE);
		assertThat(this.browser.all("script")).hasSize(1);
		press("close", null);
	}

	private void assertKeyboardOpensAndLeavesADialog() {
		WebElement pause = button("pause", "settlement");
		pause.sendKeys(Keys.ENTER);
		awaitPage().until(() -> this.browser.find("#ask").isDisplayed());
		assertThat(this.browser.run("return document.getElementById('ask').contains(document.activeElement)"))
			.isEqualTo(true);
		this.browser.find("#ask [data-do=cancel]").sendKeys(Keys.ESCAPE);
		awaitPage().until(() -> !this.browser.find("#ask").isDisplayed());
		assertThat(report("settlement").paused()).isFalse();
	}

	private void pauseRunAndResume() {
		this.browser.run("document.cookie = 'XSRF-TOKEN=one%2Ftwo; path=/'");
		steer("pause", "settlement", "settlement is paused on all servers.");
		assertThat(XsrfFilter.SEEN).containsExactly("one/two");
		awaitPage().until(() -> state("settlement").startsWith("paused"));
		press("open", "settlement");
		awaitPage().until(() -> texts("#detail table[aria-label=Refusals] td").contains("PAUSED"));
		long before = report("settlement").runs().get(0).token();

		steer("run", "settlement", "settlement is run on batch-1 now.");
		awaitPage().until(() -> texts("#detail table[aria-label=Runs] td").contains("by hand"));
		awaitPage().until(() -> report("settlement").runs().get(0).token() > before);

		steer("resume", "settlement", "settlement is resumed on all servers.");
		awaitPage().until(() -> !state("settlement").startsWith("paused"));
		press("close", null);
	}

	private void steer(String action, String job, String answer) {
		press(action, job);
		confirm(answer);
	}

	private void confirm(String answer) {
		awaitPage().until(() -> this.browser.find("#ask").isDisplayed());
		this.browser.find("#ask-yes").click();
		awaitPage().until(() -> text("#said").equals(answer));
	}

	private void assertNobodyStumbles() {
		press("open", "settlement");
		awaitPage().until(() -> !this.browser.all("#detail table").isEmpty());
		this.browser.find("details summary").click();
		for (String scheme : List.of("light", "dark")) {
			for (int width : List.of(DESKTOP, PHONE)) {
				this.browser.look(scheme, width, 900);
				assertThat(this.browser.violations()).as(scheme + ", " + width).isEmpty();
				assertThat((Long) this.browser.run("return document.documentElement.scrollWidth"))
					.as("width of the page in " + scheme)
					.isLessThanOrEqualTo(width);
			}
		}
		this.browser.find("details summary").click();
		press("close", null);
	}

	private void takePictures() throws IOException {
		Path folder = (System.getProperty("screenshots.update") != null) ? Path.of("../docs/images")
				: Path.of("target/screenshots");
		Files.createDirectories(folder);
		for (String scheme : List.of("light", "dark")) {
			this.browser.look(scheme, DESKTOP, 900);
			Long height = (Long) this.browser.run("return document.body.scrollHeight");
			this.browser.look(scheme, DESKTOP, height.intValue());
			this.browser.run("window.scrollTo(0, 0)");
			Files.write(folder.resolve("page-" + scheme + ".png"), this.browser.screenshot());
		}
		this.browser.look("light", PHONE, 2200);
		Files.write(Files.createDirectories(Path.of("target/screenshots")).resolve("page-phone.png"),
				this.browser.screenshot());
	}

	/**
	 * On a phone and on a desk, whatever one has scrolled to.
	 */
	@ParameterizedTest
	@Tag("slow")
	@CsvSource({ "390, 844", "1400, 900" })
	void theAnswerToAButtonIsInSight(int width, int height) throws IOException {
		try (EndpointApplication application = EndpointApplication.take(WebApplicationType.SERVLET,
				EndpointApplication.EXPOSED, EndpointApplication.WRITES)) {
			this.browser.look("light", width, height);
			open(application);
			scrollToTheEnd();
			steer("drain", null, "one takes no more ticks.");
			assertInSight("#said");
			this.browser.find("#unsay").click();
			assertThat(text("#said")).isEmpty();
			application.refuse("pause");
			press("resume", "settlement");
			confirm("settlement was not paused.");
			application.refuse("resume");
			press("resume", "settlement");
			confirm("You may not do that (403).");
			scrollToTheEnd();
			assertInSight("#said");
			Files.write(Files.createDirectories(Path.of("target/screenshots")).resolve("page-answer-" + width + ".png"),
					this.browser.screenshot());
			awaitPage().untilAsserted(() -> assertThat(texts("[data-do=resume]")).as("not offered again").isEmpty());
			application.operations().redisAway(true);
			awaitPage().until(() -> text("#live").equals("Not live"));
			scrollToTheEnd();
			assertInSight("#trouble");
		}
	}

	private void scrollToTheEnd() {
		this.browser.run("window.scrollTo(0, document.body.scrollHeight)");
	}

	/**
	 * All of it is in the window, and nothing lies on it.
	 */
	private void assertInSight(String css) {
		assertThat(this.browser.run("""
				const element = document.querySelector(arguments[0]);
				const box = element.getBoundingClientRect();
				const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
				return box.height > 0 && box.top >= 0 && box.left >= 0 && box.bottom <= window.innerHeight
					&& box.right <= window.innerWidth && (element === top || element.contains(top));
				""", css)).as(css + " is in sight").isEqualTo(true);
	}

	@Test
	void aViewerGetsNoButtonsThatWouldBeRefused() {
		try (EndpointApplication application = EndpointApplication.take(WebApplicationType.SERVLET,
				EndpointApplication.EXPOSED, EndpointApplication.WRITES)) {
			application.refuse("check", "run", "pause", "resume", "release", "drain", "undrain");
			open(application);
			awaitPage().until(() -> text("#rights").equals("You may look, not steer."));
			press("open", "settlement");
			awaitPage().until(() -> text("#detail-body").contains("Failures in a row"));
			assertThat(texts("#jobs button, #servers button, #detail-body button"))
				.hasSameSizeAs(texts("[data-do=open]"));
		}
	}

	/**
	 * What an operator sees after a server was killed.
	 */
	@Test
	@Tag("slow")
	void whatIsWrongIsSeen() throws IOException {
		try (EndpointApplication application = EndpointApplication.take(WebApplicationType.SERVLET,
				EndpointApplication.EXPOSED, EndpointApplication.WRITES)) {
			application.operations().show(trouble());
			this.browser.look("light", 1400, 900);
			open(application);
			awaitPage().until(() -> !this.browser.all("[data-do=run]").isEmpty());
			assertThat(row("jobs", "job archive")).containsPattern(
					"server gone on vm:2:b lock until (\\d{4}-\\d\\d-\\d\\d )?\\d\\d:\\d\\d:\\d\\d (UTC|[+-]\\d\\d:\\d\\d)");
			assertThat(row("jobs", "job bank-statement")).contains("failing", "failed 2 min ago, took 5.0 s on vm:1:a");
			assertThat(row("jobs", "job report")).contains("work of code").doesNotContain("by hand", "Run now");
			assertThat(row("jobs", "job settlement")).contains("running on vm:1:a for ", "Run now");
			assertThat(row("servers", "server vm:2:b")).contains("gone");
			assertThat(row("servers", "server vm:3:c")).contains("stopped");
			assertThat(texts("svg text.name")).containsExactly("vm:1:a this server", "vm:2:b gone", "Earlier servers");
			assertThat(text("#where")).startsWith("Namespace billing, seen from server vm:1:a. Times are in ");
			assertThat(texts("#jobs th, #jobs td, #servers th, #servers td")).as("words have spaces between them")
				.noneMatch((text) -> text.matches(".*(running|gone|failed|succeeded)on .*|.*agothis.*"));
			for (int width : List.of(1400, 390)) {
				this.browser.look("light", width, 2600);
				Files.write(Files.createDirectories(Path.of("target/screenshots"))
					.resolve("page-trouble-" + width + ".png"), this.browser.screenshot());
			}
		}
	}

	private static Overview trouble() {
		Instant now = Instant.now();
		RunReport archive = run(now.minusSeconds(45), 4, "vm:2:b", null, RunReport.Result.RUNNING);
		RunReport failed = run(now.minusSeconds(120), 3, "vm:1:a", now.minusSeconds(115), RunReport.Result.FAILED);
		RunReport old = run(now.minusSeconds(200), 2, "vm:9:z", now.minusSeconds(190), RunReport.Result.SUCCEEDED);
		RunReport going = run(now.minusSeconds(7), 5, "vm:1:a", null, RunReport.Result.RUNNING);
		return new Overview("billing", "vm:1:a", now,
				List.of(job("archive", "0/20 * * * * *", JobReport.State.SERVER_GONE, archive, null),
						job("bank-statement", "10/20 * * * * *", JobReport.State.FAILING, null, failed),
						job("report", null, JobReport.State.IDLE, null, old),
						job("settlement", "*/3 * * * * *", JobReport.State.RUNNING, going, old)),
				List.of(server("vm:1:a", ServerReport.State.UP), server("vm:2:b", ServerReport.State.GONE),
						server("vm:3:c", ServerReport.State.STOPPED)),
				List.of(new Refusal("settlement", "vm:8:y", null, now.minusSeconds(60), SkipReason.NOT_DUE)),
				List.of());
	}

	private static RunReport run(Instant started, long token, String server, Instant ended, RunReport.Result result) {
		return new RunReport(started, token, server, Trigger.SCHEDULE, started, ended, result, null);
	}

	private static JobReport job(String name, String schedule, JobReport.State state, RunReport running,
			RunReport last) {
		return new JobReport(name, null, schedule, (schedule != null) ? "org.acme.Jobs." + name + "()" : null,
				schedule != null, state, running, (running != null) ? Instant.now().plusSeconds(23) : null, last, null,
				null, null, false, 0, (last != null) ? List.of(last) : List.of(), List.of());
	}

	private static ServerReport server(String id, ServerReport.State state) {
		return new ServerReport(id, "vm", "1.0", Instant.now().minusSeconds(900), Instant.now().minusSeconds(40), null,
				state, List.of("archive"));
	}

	/**
	 * Return the text of a row without what stands between its cells.
	 */
	private String row(String table, String key) {
		return (String) this.browser.run(
				"""
						const row = [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].find((tr) => tr.dataset.key === arguments[1]);
						return [...row.children].map((cell) => cell.textContent).join(' | ');
						""",
				table, key);
	}

	/**
	 * Without the writes there is nothing to press, and a server that does not answer is
	 * no reason to forget what was there.
	 */
	@Test
	@Tag("slow")
	void thePageSaysWhenItIsNotLive() {
		start("batch-1");
		open("batch-1");
		awaitPage().until(() -> text("#live").equals("Live"));
		assertThat(texts("[data-do=open]")).contains("settlement");
		assertThat(texts("#jobs button, #servers button")).hasSameSizeAs(texts("[data-do=open]"));
		this.servers.get(0).close();
		awaitPage().until(() -> text("#live").equals("Not live"));
		assertThat(text("#trouble")).startsWith("The server cannot be reached. Since ");
		assertThat(texts("[data-do=open]")).contains("settlement");
	}

	private void start(String id, String... properties) {
		RedisServer redis = RedisServer.shared();
		List<String> all = new ArrayList<>(List.of("--server.port=0", "--spring.main.banner-mode=off",
				"--spring.datasource.url=jdbc:h2:mem:page", EndpointApplication.EXPOSED,
				"--management.health.defaults.enabled=false", "--spring.data.redis.host=" + redis.host(),
				"--spring.data.redis.port=" + redis.port(), "--distributed-scheduled.namespace=billing",
				"--spring.application.version=2.14.0", "--distributed-scheduled.key-prefix=" + this.keyPrefix,
				"--distributed-scheduled.server-id=" + id));
		all.addAll(List.of(properties));
		this.servers.add(new SpringApplicationBuilder(Beans.class).web(WebApplicationType.SERVLET)
			.run(all.toArray(String[]::new)));
	}

	private void open(EndpointApplication application) {
		this.browser.open("http://127.0.0.1:" + application.port() + EndpointApplication.PAGE);
		awaitPage().until(() -> !this.browser.all("#jobs table").isEmpty());
	}

	private void open(String server) {
		ConfigurableApplicationContext context = this.servers.stream()
			.filter((candidate) -> server
				.equals(candidate.getEnvironment().getProperty("distributed-scheduled.server-id")))
			.findAny()
			.orElseThrow();
		this.browser.open("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port")
				+ EndpointApplication.PAGE);
		awaitPage().until(() -> !this.browser.all("#jobs table").isEmpty());
	}

	private JobReport report(String job) {
		return this.servers.get(0).getBean(JobOperations.class).job(job).orElseThrow();
	}

	private WebElement button(String action, String job) {
		return this.browser.all("[data-do=" + action + "]")
			.stream()
			.filter((element) -> job == null || job.equals(element.getDomAttribute("data-job")))
			.findFirst()
			.orElseThrow(() -> new AssertionError("There is no button " + action + " of " + job));
	}

	private void press(String action, String job) {
		awaitPage().untilAsserted(() -> button(action, job).click());
	}

	private String state(String job) {
		return (String) this.browser.run(
				"""
						const row = [...document.querySelectorAll('#jobs tbody tr')].find((tr) => tr.dataset.key === `job ${arguments[0]}`);
						return row.children[2].textContent;
						""",
				job);
	}

	private long runs(String result) {
		return texts("#timeline-table .tag").stream().filter(result::equals).count();
	}

	private String text(String css) {
		return (String) this.browser.run("return document.querySelector(arguments[0]).textContent", css);
	}

	@SuppressWarnings("unchecked")
	private List<String> texts(String css) {
		return (List<String>) this.browser
			.run("return [...document.querySelectorAll(arguments[0])].map((element) => element.textContent)", css);
	}

	/**
	 * The page is made anew every two seconds, so an element may be gone.
	 */
	private static ConditionFactory awaitPage() {
		return Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.pollInterval(Duration.ofMillis(100))
			.ignoreExceptionsMatching((ex) -> ex instanceof StaleElementReferenceException);
	}

	/**
	 * No component: the sample's own application would find it.
	 */
	@EnableAutoConfiguration
	@EnableScheduling
	@Import({ Jobs.class, XsrfFilter.class })
	static class Beans {

	}

	static class Jobs {

		@Scheduled(cron = "*/3 * * * * *")
		@DistributedScheduled("settlement")
		void settle() throws InterruptedException {
			Thread.sleep(700);
		}

		@Scheduled(fixedRate = 5000)
		@DistributedScheduled("exchange-rates")
		void rates() throws InterruptedException {
			Thread.sleep(150);
		}

		@Scheduled(cron = "0/20 * * * * *", zone = "Asia/Seoul")
		@DistributedScheduled(name = "archive", group = "files")
		void archive() throws InterruptedException {
			Thread.sleep(6000);
		}

		@Scheduled(cron = "10/20 * * * * *")
		@DistributedScheduled("bank-statement")
		void statement() {
			throw new IllegalStateException("The bank does not answer");
		}

		@Scheduled(cron = "0 0 3 * * *", zone = "Asia/Seoul")
		@DistributedScheduled("<script>alert(1)</script>\"'{{x}}")
		void hostile() {
		}

	}

	/**
	 * What Spring Security would look for.
	 */
	static class XsrfFilter implements Filter {

		private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

		@Override
		public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
				throws IOException, ServletException {
			Stream.ofNullable(((HttpServletRequest) request).getHeader("X-XSRF-TOKEN")).forEach(SEEN::add);
			chain.doFilter(request, response);
		}

	}

}
