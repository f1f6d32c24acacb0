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

package io.github.lockstarter.sample.settlement;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * The highest fencing token that the database has seen. A server that was frozen longer
 * than its lease comes back without knowing that another server ran meanwhile. Its token
 * is lower than that of the other, and so its write is refused.
 * <p>
 * The update locks the row until the transaction ends, so a second writer waits here and
 * then meets the token of the first.
 */
@Component
class FencingRegister {

	private final JdbcClient jdbc;

	FencingRegister(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Goes on only if no run with the same or a higher token has written before. Must be
	 * the first write of the transaction that it guards.
	 * @param resource what is written
	 * @param token the fencing token of the run that wants to write
	 * @throws StaleTokenException if another run has written already
	 */
	@Transactional(propagation = Propagation.MANDATORY)
	void admit(String resource, long token) {
		int rows = this.jdbc.sql("update fencing_register set token = ? where resource = ? and token < ?")
			.params(token, resource, token)
			.update();
		if (rows == 0) {
			throw new StaleTokenException(resource, token);
		}
	}

}
