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

import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;
import org.springframework.lang.Nullable;

import io.github.lockstarter.operations.JobOperations;
import io.github.lockstarter.LockUnavailableException;

/**
 * What operators see, as JSON. For the web only, because it answers with status codes.
 */
@WebEndpoint(id = OperationsEndpoint.ID)
class OperationsEndpoint {

	static final String ID = "distributedscheduled";

	private final Supplier<JobOperations> operations;

	private final BooleanSupplier writes;

	/**
	 * Create the endpoint.
	 * @param operations are made when they are asked for the first time
	 * @param writes whether there are operations that change something
	 */
	OperationsEndpoint(Supplier<JobOperations> operations, BooleanSupplier writes) {
		this.operations = operations;
		this.writes = writes;
	}

	/**
	 * Answer with everything, or with one job.
	 * @param job the name of the job, in the query: a name may hold what a path must not.
	 * Annotated with what both lines of Spring Boot take for optional
	 */
	@ReadOperation
	WebEndpointResponse<Map<String, Object>> look(@Nullable String job) {
		try {
			if (job == null) {
				return new WebEndpointResponse<>(
						OperationsJson.overview(this.operations.get().overview(), this.writes.getAsBoolean()));
			}
			return this.operations.get()
				.job(job)
				.map((report) -> new WebEndpointResponse<>(OperationsJson.job(report)))
				.orElseGet(() -> error(WebEndpointResponse.STATUS_NOT_FOUND, "There is no job '" + job + "'."));
		}
		catch (LockUnavailableException ex) {
			return unavailable(ex);
		}
	}

	/**
	 * Redis is away: that is no fault of the request, and may be over soon.
	 */
	static WebEndpointResponse<Map<String, Object>> unavailable(LockUnavailableException ex) {
		return error(WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE, OperationsJson.text(ex));
	}

	static WebEndpointResponse<Map<String, Object>> error(int status, String text) {
		return new WebEndpointResponse<>(Map.of("error", text), status);
	}

}
