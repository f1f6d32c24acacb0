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

package io.github.lockstarter.sample.archive;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;

/**
 * The settlements that nobody asks for every day.
 */
@Repository
class SettlementArchive {

	private static final String COLUMNS = "id, tick, merchant, currency, orders, gross, fee, net, booked_by, token, booked_at";

	private final JdbcClient jdbc;

	SettlementArchive(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Moves settlements into the archive.
	 * @param before those that were booked before this time
	 * @return how many were moved
	 */
	@Transactional
	int take(Instant before) {
		OffsetDateTime limit = before.atOffset(ZoneOffset.UTC);
		int moved = this.jdbc
			.sql("insert into settlement_archive (" + COLUMNS + ") select " + COLUMNS
					+ " from settlement where booked_at < ?")
			.param(limit)
			.update();
		this.jdbc.sql("delete from settlement where booked_at < ?").param(limit).update();
		return moved;
	}

}
