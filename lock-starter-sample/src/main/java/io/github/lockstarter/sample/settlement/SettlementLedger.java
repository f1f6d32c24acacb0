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

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;

import io.github.lockstarter.JobRun;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;

/**
 * The booked settlements.
 */
@Repository
class SettlementLedger {

	private static final String RESOURCE = "settlement";

	private final JdbcClient jdbc;

	private final FencingRegister register;

	SettlementLedger(JdbcClient jdbc, FencingRegister register) {
		this.jdbc = jdbc;
		this.register = register;
	}

	/**
	 * Books the settlements of one tick, all of them or none.
	 * @param run the run that books
	 * @param settlements what is booked
	 * @throws StaleTokenException if another run has booked already
	 */
	@Transactional
	void book(JobRun run, List<Settlement> settlements) {
		this.register.admit(RESOURCE, run.token());
		for (Settlement settlement : settlements) {
			this.jdbc.sql("""
					insert into settlement
						(tick, merchant, currency, orders, gross, fee, net, booked_by, token, booked_at)
					values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""")
				.params(run.tick().atOffset(ZoneOffset.UTC), settlement.merchant(), settlement.currency(),
						settlement.orders(), settlement.gross(), settlement.fee(), settlement.net(), run.server(),
						run.token(), Instant.now().atOffset(ZoneOffset.UTC))
				.update();
		}
	}

}
