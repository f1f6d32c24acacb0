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

import java.net.http.HttpResponse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the endpoint answers, on a server with servlets and on a reactive one, and on
 * either line of Spring Boot.
 */
class EndpointTests {

	private static final String SETTLEMENT = """
			{
				"name": "settlement", "group": "money", "schedule": "cron * * * * * *",
				"method": "org.acme.Settlement.run()", "runnableHere": true, "state": "RUNNING",
				"running": {"tick": "2026-03-01T12:00:00Z", "token": 12, "server": "one", "trigger": "SCHEDULE",
					"started": "2026-03-01T12:00:00.003Z", "result": "RUNNING"},
				"lockedUntil": "2026-03-01T12:01:00Z", "last": %1$s,
				"lastSuccess": "2026-03-01T11:59:30Z", "next": "2026-03-01T12:00:01Z", "paused": true,
				"consecutiveFailures": 1, "runs": [%1$s],
				"skips": [{"server": "two", "reason": "ALREADY_RAN", "count": 7, "tick": "2026-03-01T11:59:59Z",
					"at": "2026-03-01T11:59:59.007Z", "holder": "one", "detail": "started by one"}]
			}
			""".formatted("""
			{"tick": "2026-03-01T11:59:59Z", "token": 11, "server": "two", "trigger": "MANUAL",
				"started": "2026-03-01T11:59:59Z", "ended": "2026-03-01T11:59:59.500Z", "result": "FAILED",
				"failure": "java.lang.IllegalStateException: <b>no</b>"}
			""");

	private static final String HOSTILE = """
			{"name": "<script>alert(1)</script>\\"'{{x}}", "runnableHere": false, "state": "OVERDUE", "overdueSince": "2026-03-01T11:50:00Z",
				"paused": false, "consecutiveFailures": 0, "runs": [], "skips": []}
			""";

	private static final String OVERVIEW = """
			{
				"namespace": "billing", "server": "one", "at": "2026-03-01T12:00:00Z", "writes": false,
				"jobs": [%s, %s],
				"servers": [
					{"id": "one", "host": "host-1", "version": "1.2", "started": "2026-03-01T11:59:00Z",
						"lastSeen": "2026-03-01T11:59:55Z", "clockOffsetMillis": -12, "state": "UP",
						"jobs": ["<script>alert(1)</script>\\"'{{x}}", "settlement"]},
					{"id": "two", "host": "host-2", "started": "2026-03-01T11:59:10Z",
						"lastSeen": "2026-03-01T11:59:56Z", "state": "DRAINING", "jobs": ["settlement"]}
				],
				"refusals": [{"job": "settlement", "server": "two", "tick": "2026-03-01T11:59:59Z",
					"at": "2026-03-01T11:59:59.007Z", "reason": "ALREADY_RAN"}],
				"warnings": ["Servers disagree."]
			}
			""".formatted(HOSTILE, SETTLEMENT);

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void itTellsEverythingAndChangesNothing(WebApplicationType type) throws Exception {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED)) {
			assertJson(application.get(EndpointApplication.DATA), 200, OVERVIEW);
			assertJson(application.job("settlement"), 200, SETTLEMENT);
			assertJson(application.job(CannedOperations.HOSTILE), 200, HOSTILE);
			assertJson(application.job("no<b>ne"), 404, "{\"error\": \"There is no job 'no<b>ne'.\"}");
			assertThat(application.post("pause", "{\"job\": \"settlement\"}").statusCode()).isEqualTo(404);
			assertThat(application.post("drain", "{}").statusCode()).isEqualTo(404);
			assertThat(application.operations().calls()).isEmpty();

			application.operations().redisAway(true);
			String away = "{\"error\": \"Redis on 127.0.0.1:6379 does not answer\"}";
			assertJson(application.get(EndpointApplication.DATA), 503, away);
			assertJson(application.job("settlement"), 503, away);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void itSteersWhereThatIsSwitchedOn(WebApplicationType type) throws Exception {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED,
				EndpointApplication.WRITES)) {
			assertJson(application.get(EndpointApplication.DATA), 200,
					OVERVIEW.replace("\"writes\": false", "\"writes\": true"));
			String settlement = "{\"job\": \"settlement\"}";
			assertJson(application.post("run", settlement), 200, """
					{"action": "run", "job": "settlement", "server": "one", "result": "settlement is run on one now."}
					""");
			assertJson(application.post("pause", settlement), 200, """
					{"action": "pause", "job": "settlement", "server": "one",
						"result": "settlement is paused on all servers."}
					""");
			assertJson(application.post("resume", settlement), 200, """
					{"action": "resume", "job": "settlement", "server": "one",
						"result": "settlement is resumed on all servers."}
					""");
			assertJson(application.post("drain", "{}"), 200, """
					{"action": "drain", "server": "one", "result": "one takes no more ticks."}
					""");
			assertJson(application.post("undrain", "{}"), 200, """
					{"action": "undrain", "server": "one", "result": "one takes ticks again."}
					""");
			assertThat(application.operations().calls()).containsExactly("run settlement", "pause settlement",
					"resume settlement", "drain", "undrain");
		}
	}

	/**
	 * The answer agrees with the event.
	 */
	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void whatWasSoBeforeIsAnsweredSo(WebApplicationType type) throws Exception {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED,
				EndpointApplication.WRITES)) {
			String settlement = "{\"job\": \"settlement\"}";
			assertResult(application.post("resume", settlement), "settlement was not paused.");
			assertResult(application.post("pause", settlement), "settlement is paused on all servers.");
			assertResult(application.post("pause", settlement), "settlement was paused before.");
			assertResult(application.post("undrain", "{}"), "one took ticks before.");
			assertResult(application.post("drain", "{}"), "one takes no more ticks.");
			assertResult(application.post("drain", "{}"), "one took no ticks before.");
		}
	}

	private static void assertResult(HttpResponse<String> response, String result) throws Exception {
		assertThat(response.statusCode()).isEqualTo(200);
		JSONAssert.assertEquals("{\"result\": \"" + result + "\"}", response.body(), JSONCompareMode.LENIENT);
	}

	/**
	 * The page asks so before it shows buttons that would be refused.
	 */
	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void whetherOneMaySteerCanBeAsked(WebApplicationType type) throws Exception {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED,
				EndpointApplication.WRITES)) {
			application.operations().redisAway(true);
			assertJson(application.post("check", "{}"), 200, """
					{"action": "check", "server": "one", "result": "You may steer on one."}
					""");
			assertThat(application.operations().calls()).isEmpty();
		}
	}

	@Test
	void whoHasSignedInIsNamed() {
		try (EndpointApplication application = EndpointApplication.take(WebApplicationType.SERVLET,
				EndpointApplication.EXPOSED, EndpointApplication.WRITES)) {
			application.post("pause", "{\"job\": \"settlement\"}");
			assertThat(application.operations().operator()).isNull();
			application.signIn("alice");
			application.post("pause", "{\"job\": \"settlement\"}");
			assertThat(application.operations().operator()).isEqualTo("alice");
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void aLiveLockIsReleasedByForceOnly(WebApplicationType type) throws Exception {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED,
				EndpointApplication.WRITES)) {
			assertJson(application.post("release", "{\"job\": \"settlement\"}"), 409, """
					{"error": "two has the lock of settlement since 2026-03-01T11:59:51Z and may be alive. \
					If it is not, the lock is free at 2026-03-01T12:00:51Z.", "holder": "two",
						"since": "2026-03-01T11:59:51Z", "until": "2026-03-01T12:00:51Z", "server": "one"}
					""");
			assertJson(application.post("release", "{\"job\": \"settlement\", \"force\": true}"), 200, """
					{"action": "release", "job": "settlement", "server": "one", "holder": "two",
						"result": "The lock of settlement is free now, which two had."}
					""");
			assertJson(
					application.post("release",
							HOSTILE.replace("name", "job").replaceAll(", \"runnableHere\"(?s:.*)", "}")),
					200,
					"""
							{"action": "release", "job": "<script>alert(1)</script>\\"'{{x}}", "server": "one",
								"result": "Nobody has the lock of <script>alert(1)</script>\\"'{{x}}, and nothing keeps it from running."}
							""");
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void whatCannotBeDoneIsAnsweredWithAText(WebApplicationType type) throws Exception {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED,
				EndpointApplication.WRITES)) {
			String missing = "{\"error\": \"The job is missing: the body must be JSON like {\\\"job\\\": \\\"its name\\\"}.\"}";
			assertJson(application.post("pause", "{}"), 400, missing);
			assertJson(application.post("pause", ""), 400, missing);
			assertJson(application.post("pause", "{\"job\": \"none\"}"), 404,
					"{\"error\": \"No server knows a job 'none'.\"}");
			assertJson(application.post("explode", "{}"), 404,
					"""
							{"error": "There is no action 'explode'. There are run, pause, resume, release, drain, undrain and check."}
							""");
			assertJson(application.post("run", "{\"job\": \"<script>alert(1)</script>\\\"'{{x}}\"}"), 409,
					"{\"error\": \"Scheduling ends on this server.\"}");
			assertThat(application.post("pause", "{").statusCode()).isEqualTo(400);
			// What a form of another site can send
			assertThat(application.post("drain", "{}", "text/plain").statusCode()).isEqualTo(415);
			assertThat(application.post("drain", "a=b", "application/x-www-form-urlencoded").statusCode())
				.isEqualTo(415);
			assertThat(application.operations().calls()).containsExactly("run " + CannedOperations.HOSTILE);

			application.operations().redisAway(true);
			assertJson(application.post("pause", "{\"job\": \"settlement\"}"), 503,
					"{\"error\": \"Redis on 127.0.0.1:6379 does not answer\"}");
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void theActuatorMayAllowToReadOnly(WebApplicationType type) throws Exception {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED,
				EndpointApplication.WRITES, "--management.endpoint.distributedscheduled.access=read-only")) {
			assertJson(application.get(EndpointApplication.DATA), 200, OVERVIEW);
			assertThat(application.post("pause", "{\"job\": \"settlement\"}").statusCode()).isEqualTo(404);
			assertThat(application.operations().calls()).isEmpty();
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void nothingIsExposedThatWasNotAskedFor(WebApplicationType type) {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.WRITES)) {
			assertThat(application.get("/actuator/health").statusCode()).isNotEqualTo(404);
			assertThat(application.get(EndpointApplication.DATA).statusCode()).isEqualTo(404);
			assertThat(application.job("settlement").statusCode()).isEqualTo(404);
			assertThat(application.post("pause", "{\"job\": \"settlement\"}").statusCode()).isEqualTo(404);
			assertThat(application.get(EndpointApplication.PAGE).statusCode()).isEqualTo(404);
			assertThat(application.get(EndpointApplication.PAGE + "/page.js").statusCode()).isEqualTo(404);
			assertThat(application.operations().calls()).isEmpty();
		}
	}

	private static void assertJson(HttpResponse<String> response, int status, String json) throws Exception {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
		assertThat(response.headers().firstValue("Content-Type").orElse("")).contains("json");
		JSONAssert.assertEquals(json, response.body(), JSONCompareMode.STRICT);
	}

}
