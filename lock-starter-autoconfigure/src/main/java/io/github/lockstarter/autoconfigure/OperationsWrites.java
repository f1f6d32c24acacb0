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

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
	 */
	@WriteOperation
	WebEndpointResponse<Map<String, Object>> steer(@Selector String action, @Nullable String job,
			@Nullable Boolean force) {
		Action wanted = Action.NAMES.get(action);
		if (wanted == null) {
			return OperationsEndpoint.error(WebEndpointResponse.STATUS_NOT_FOUND,
					"There is no action '" + action + "'. There are run, pause, resume, release, drain and undrain.");
		}
		if (wanted.isAboutJob() && job == null) {
			return OperationsEndpoint.error(WebEndpointResponse.STATUS_BAD_REQUEST,
					"The job is missing: the body must be JSON like {\"job\": \"its name\"}.");
		}
		try {
			return perform(wanted, (job != null) ? job : "", Boolean.TRUE.equals(force));
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

	private WebEndpointResponse<Map<String, Object>> perform(Action action, String job, boolean force) {
		JobOperations operations = this.operations.get();
		switch (action) {
			case RUN -> operations.run(job);
			case PAUSE -> operations.pause(job);
			case RESUME -> operations.resume(job);
			case RELEASE -> {
				return released(job, operations.release(job, force));
			}
			case DRAIN -> operations.drain();
			case UNDRAIN -> operations.undrain();
		}
		return done(action, job, action.words(job, this.server.get()), null);
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

		RUN, PAUSE, RESUME, RELEASE, DRAIN, UNDRAIN;

		private static final Map<String, Action> NAMES = Stream.of(values())
			.collect(Collectors.toUnmodifiableMap(Action::word, Function.identity()));

		String word() {
			return name().toLowerCase(Locale.ROOT);
		}

		boolean isAboutJob() {
			return this != DRAIN && this != UNDRAIN;
		}

		String words(String job, String server) {
			return switch (this) {
				case RUN -> job + " is run on " + server + " now.";
				case PAUSE -> job + " is paused on all servers.";
				case RESUME -> job + " is resumed on all servers.";
				case RELEASE -> job + " is released.";
				case DRAIN -> server + " takes no more ticks.";
				case UNDRAIN -> server + " takes ticks again.";
			};
		}

	}

}
