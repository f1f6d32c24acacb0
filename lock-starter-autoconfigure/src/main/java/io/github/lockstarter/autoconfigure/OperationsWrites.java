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

import java.security.Principal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.lang.Nullable;

import io.github.lockstarter.operations.JobOperations;
import io.github.lockstarter.LockUnavailableException;
import io.github.lockstarter.operations.ReleaseResult;

/**
 * What operators do. A bean of its own, so that without it nothing of this is there. The
 * body must be JSON, which a form of another site cannot send.
 */
@EndpointWebExtension(endpoint = OperationsEndpoint.class)
class OperationsWrites {

	private static final int CONFLICT = 409;

	private final Supplier<JobOperations> operations;

	private final Supplier<String> server;

	/**
	 * Create the extension.
	 * @param operations are made when they are asked for the first time
	 * @param server the id of this server
	 */
	OperationsWrites(Supplier<JobOperations> operations, Supplier<String> server) {
		this.operations = operations;
		this.server = server;
	}

	/**
	 * Do it.
	 * @param action what, from the path
	 * @param job the name of the job; {@code null} where the action is about the server
	 * @param force whether to release a lock whoever has it
	 * @param caller who asks for it
	 */
	@WriteOperation
	WebEndpointResponse<Map<String, Object>> steer(@Selector String action, @Nullable String job,
			@Nullable Boolean force, SecurityContext caller) {
		Action wanted = Action.NAMES.get(action);
		if (wanted == null) {
			return OperationsEndpoint.error(WebEndpointResponse.STATUS_NOT_FOUND, "There is no action '" + action
					+ "'. There are run, pause, resume, release, drain, undrain and check.");
		}
		if (wanted.isAboutJob() && job == null) {
			return OperationsEndpoint.error(WebEndpointResponse.STATUS_BAD_REQUEST,
					"The job is missing: the body must be JSON like {\"job\": \"its name\"}.");
		}
		try {
			Principal principal = caller.getPrincipal();
			JobOperations operations = this.operations.get().by((principal != null) ? principal.getName() : null);
			return perform(operations, wanted, (job != null) ? job : "", Boolean.TRUE.equals(force));
		}
		catch (LockUnavailableException ex) {
			return OperationsEndpoint.unavailable(ex);
		}
		catch (IllegalArgumentException ex) {
			return OperationsEndpoint.error(WebEndpointResponse.STATUS_NOT_FOUND, OperationsJson.text(ex));
		}
		catch (IllegalStateException ex) {
			return OperationsEndpoint.error(CONFLICT, OperationsJson.text(ex));
		}
	}

	private WebEndpointResponse<Map<String, Object>> perform(JobOperations operations, Action action, String job,
			boolean force) {
		String server = this.server.get();
		return switch (action) {
			case RUN -> {
				operations.run(job);
				yield done(action, job, job + " is run on " + server + " now.", null);
			}
			case RELEASE -> released(job, operations.release(job, force));
			case CHECK -> done(action, job, "You may steer on " + server + ".", null);
			case PAUSE -> done(action, job,
					job + (operations.pause(job) ? " is paused on all servers." : " was paused before."), null);
			case RESUME -> done(action, job,
					job + (operations.resume(job) ? " is resumed on all servers." : " was not paused."), null);
			case DRAIN -> done(action, job,
					server + (operations.drain() ? " takes no more ticks." : " took no ticks before."), null);
			case UNDRAIN -> done(action, job,
					server + (operations.undrain() ? " takes ticks again." : " took ticks before."), null);
		};
	}

	private WebEndpointResponse<Map<String, Object>> released(String job, ReleaseResult result) {
		if (result instanceof ReleaseResult.Refused refused) {
			Map<String, Object> body = new LinkedHashMap<>();
			body.put("error", OperationsJson.text(job, refused));
			OperationsJson.put(body, "holder", refused.holder());
			OperationsJson.put(body, "since", refused.since());
			OperationsJson.put(body, "until", refused.until());
			body.put("server", this.server.get());
			return new WebEndpointResponse<>(body, CONFLICT);
		}
		if (result instanceof ReleaseResult.Released released) {
			return done(Action.RELEASE, job,
					"The lock of " + job + " is free now"
							+ ((released.holder() != null) ? ", which " + released.holder() + " had." : "."),
					released.holder());
		}
		return done(Action.RELEASE, job, "Nobody has the lock of " + job + ", and nothing keeps it from running.",
				null);
	}

	private WebEndpointResponse<Map<String, Object>> done(Action action, String job, String text,
			@Nullable String holder) {
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("action", action.word());
		if (action.isAboutJob()) {
			body.put("job", job);
		}
		body.put("server", this.server.get());
		OperationsJson.put(body, "holder", holder);
		body.put("result", text);
		return new WebEndpointResponse<>(body);
	}

	private enum Action {

		RUN, PAUSE, RESUME, RELEASE, DRAIN, UNDRAIN,

		/** Nothing: who is answered may steer. */
		CHECK;

		private static final Map<String, Action> NAMES = Stream.of(values())
			.collect(Collectors.toUnmodifiableMap(Action::word, Function.identity()));

		String word() {
			return name().toLowerCase(Locale.ROOT);
		}

		boolean isAboutJob() {
			return this != DRAIN && this != UNDRAIN && this != CHECK;
		}

	}

}
