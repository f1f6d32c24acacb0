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

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How the page and its parts are served. What the page does, a browser says in
 * {@link PageIT}.
 */
class PageTests {

	private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void itIsServedWithItsParts(WebApplicationType type) {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED)) {
			String page = assertServed(application.get(EndpointApplication.PAGE, BROWSER), "text/html");
			assertThat(page).contains("data-endpoint=\"distributedscheduled\"")
				.contains("href=\"distributedscheduledpage/page.css\"")
				.contains("src=\"distributedscheduledpage/page.js\"");
			assertServed(application.get(EndpointApplication.PAGE + "/page.css", "text/css,*/*;q=0.1"), "text/css");
			assertServed(application.get(EndpointApplication.PAGE + "/page.js", "*/*"), "text/javascript");
			assertThat(application.get(EndpointApplication.PAGE + "/page.html", "*/*").statusCode()).isEqualTo(404);
			assertThat(application.get(EndpointApplication.PAGE + "/OperationsPage.class", "*/*").statusCode())
				.isEqualTo(404);
		}
	}

	/**
	 * Nothing is written into it that its own policy would refuse, and it fetches nothing
	 * from elsewhere.
	 */
	@ParameterizedTest
	@EnumSource(names = "SERVLET")
	void itHasAStrictPolicyAndKeepsIt(WebApplicationType type) {
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED)) {
			String page = application.get(EndpointApplication.PAGE, BROWSER).body();
			assertThat(page).contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
					+ "script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
					+ "base-uri 'none'; form-action 'none'\">");
			assertThat(page).doesNotContainPattern("<style|\\sstyle=|\\son\\w+=|<script>|=\"https?:");
			String script = application.get(EndpointApplication.PAGE + "/page.js", "*/*").body();
			assertThat(script).doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
					"setAttribute('style'");
			assertThat(application.get(EndpointApplication.PAGE + "/page.css", "*/*").body()).doesNotContain("url(",
					"@import");
		}
	}

	/**
	 * Another port, another base path, and endpoints that are mapped elsewhere.
	 */
	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void itFindsItsPartsWhereverItIs(WebApplicationType type) {
		String base = (type == WebApplicationType.SERVLET) ? "--server.servlet.context-path=/shop"
				: "--spring.webflux.base-path=/shop";
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED, base)) {
			assertLinksWork(application, "/shop/actuator/distributedscheduledpage");
		}
		try (EndpointApplication application = EndpointApplication.take(type, EndpointApplication.EXPOSED,
				"--management.server.port=0", "--management.server.base-path=/manage",
				"--management.endpoints.web.base-path=/",
				"--management.endpoints.web.path-mapping.distributedscheduledpage=ops/jobs",
				"--management.endpoints.web.path-mapping.distributedscheduled=data/jobs")) {
			assertLinksWork(application, "/manage/ops/jobs");
		}
	}

	private static void assertLinksWork(EndpointApplication application, String path) {
		String page = assertServed(application.get(path, BROWSER), "text/html");
		List<String> links = Pattern.compile("(?:href|src|data-endpoint)=\"(?!data:)([^\"]+)\"")
			.matcher(page)
			.results()
			.map((MatchResult link) -> link.group(1))
			.toList();
		assertThat(links).hasSize(3).allSatisfy((link) -> {
			String target = URI.create(path).resolve(link).toString();
			assertThat(application.get(target, "*/*").statusCode()).as(target).isEqualTo(200);
		});
	}

	private static String assertServed(HttpResponse<String> response, String type) {
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue("Content-Type").orElse("").replace(" ", ""))
			.isEqualToIgnoringCase(type + ";charset=UTF-8");
		return response.body();
	}

}
