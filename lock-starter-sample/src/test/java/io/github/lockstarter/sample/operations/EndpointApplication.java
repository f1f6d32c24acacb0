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
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.lockstarter.DistributedScheduled;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * A web application with the endpoints, of either kind, over canned reports. One with the
 * same properties is started once, and is as new for the test that takes it next.
 */
final class EndpointApplication implements AutoCloseable {

	static final String DATA = "/actuator/distributedscheduled";

	static final String PAGE = "/actuator/distributedscheduledpage";

	static final String EXPOSED = "--management.endpoints.web.exposure.include=*";

	static final String WRITES = "--distributed-scheduled.operations.writes-enabled=true";

	/** They end with the JVM. */
	private static final Map<List<String>, EndpointApplication> started = new ConcurrentHashMap<>();

	private final HttpClient http = HttpClient.newHttpClient();

	private final ConfigurableApplicationContext context;

	private EndpointApplication(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Take an application, and give it back by {@link #close()}.
	 * @param type the kind of web application
	 * @param properties each as an argument
	 */
	static EndpointApplication take(WebApplicationType type, String... properties) {
		List<String> all = new ArrayList<>(List.of("--spring.main.web-application-type=" + type, "--server.port=0",
				"--spring.main.banner-mode=off", "--spring.datasource.url=jdbc:h2:mem:endpoint",
				"--distributed-scheduled.mode=local", "--distributed-scheduled.namespace=billing",
				"--distributed-scheduled.server-id=one"));
		all.addAll(List.of(properties));
		return started.computeIfAbsent(all, EndpointApplication::start);
	}

	private static EndpointApplication start(List<String> arguments) {
		return new EndpointApplication(new SpringApplicationBuilder(Beans.class).run(arguments.toArray(String[]::new)));
	}

	/**
	 * Let all requests from now on be those of somebody, as Spring Security does.
	 */
	void signIn(String name) {
		this.context.getBean(SignedIn.class).name = name;
	}

	/**
	 * Refuse requests that would change something, as Spring Security does if the user
	 * may not do that.
	 * @param actions what is refused
	 */
	void refuse(String... actions) {
		this.context.getBean(SignedIn.class).refused = Set.of(actions);
	}

	CannedOperations operations() {
		return this.context.getBean(CannedOperations.class);
	}

	HttpResponse<String> get(String path) {
		return send(path, HttpRequest.newBuilder());
	}

	HttpResponse<String> get(String path, String accept) {
		return send(path, HttpRequest.newBuilder().header("Accept", accept));
	}

	HttpResponse<String> job(String name) {
		return get(DATA + "?job=" + URLEncoder.encode(name, StandardCharsets.UTF_8));
	}

	HttpResponse<String> post(String action, String body) {
		return post(action, body, "application/json");
	}

	HttpResponse<String> post(String action, String body, String contentType) {
		return send(DATA + "/" + action,
				HttpRequest.newBuilder()
					.header("Content-Type", contentType)
					.POST(HttpRequest.BodyPublishers.ofString(body)));
	}

	private HttpResponse<String> send(String path, HttpRequest.Builder request) {
		String port = this.context.getEnvironment().getProperty("local.management.port", port());
		try {
			return this.http.send(
					request.uri(URI.create("http://localhost:" + port + path)).timeout(Duration.ofSeconds(60)).build(),
					HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	String port() {
		return this.context.getEnvironment().getRequiredProperty("local.server.port");
	}

	/**
	 * Forget what was set.
	 */
	@Override
	public void close() {
		operations().forget();
		refuse();
		signIn(null);
	}

	/**
	 * No component: the sample's own application would find it.
	 */
	@EnableAutoConfiguration
	@EnableScheduling
	@Import({ PrimaryOperations.class, Job.class, SignedIn.class })
	static class Beans {

	}

	@Primary
	static class PrimaryOperations extends CannedOperations {

	}

	static class SignedIn implements Filter {

		private volatile String name;

		private volatile Set<String> refused = Set.of();

		@Override
		public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
				throws IOException, ServletException {
			String path = ((HttpServletRequest) request).getRequestURI();
			if (this.refused.contains(path.substring(path.lastIndexOf('/') + 1))) {
				((HttpServletResponse) response).sendError(HttpServletResponse.SC_FORBIDDEN);
				return;
			}
			String name = this.name;
			chain.doFilter((name == null) ? request : new HttpServletRequestWrapper((HttpServletRequest) request) {

				@Override
				public Principal getUserPrincipal() {
					return () -> name;
				}

			}, response);
		}

	}

	static class Job {

		@DistributedScheduled("settlement")
		void run() {
		}

	}

}
