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

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

import io.github.lockstarter.JobRun;
import io.github.lockstarter.sample.SampleApplication;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.IllegalTransactionStateException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@SpringBootTest(classes = SampleApplication.class, webEnvironment = SpringBootTest.WebEnvironment.NONE,
		properties = { "distributed-scheduled.mode=local", "sample.settlement.cron=0 0 0 1 1 ?",
				"spring.datasource.url=jdbc:h2:mem:ledger" })
class SettlementLedgerTests {

	private static final List<Settlement> SETTLEMENTS = List
		.of(new Settlement("Shop", "EUR", 2, new BigDecimal("100.00"), new BigDecimal("2.50")));

	@Autowired
	private SettlementLedger ledger;

	@Autowired
	private FencingRegister register;

	@Autowired
	private JdbcClient jdbc;

	@BeforeEach
	void clear() {
		this.jdbc.sql("delete from settlement").update();
		this.jdbc.sql("update fencing_register set token = 0").update();
	}

	@Test
	void booksWithTheTokenOfTheRun() {
		this.ledger.book(new RunWithToken(7), SETTLEMENTS);
		this.ledger.book(new RunWithToken(9), SETTLEMENTS);
		assertThat(bookedTokens()).containsExactly(7L, 9L);
	}

	@Test
	void refusesLowerToken() {
		this.ledger.book(new RunWithToken(9), SETTLEMENTS);
		assertThatExceptionOfType(StaleTokenException.class)
			.isThrownBy(() -> this.ledger.book(new RunWithToken(8), SETTLEMENTS))
			.withMessage("token 8 came too late for the settlement");
		assertThat(bookedTokens()).containsExactly(9L);
	}

	@Test
	void refusesSameToken() {
		this.ledger.book(new RunWithToken(9), SETTLEMENTS);
		assertThatExceptionOfType(StaleTokenException.class)
			.isThrownBy(() -> this.ledger.book(new RunWithToken(9), SETTLEMENTS));
		assertThat(bookedTokens()).containsExactly(9L);
	}

	@Test
	void failedBookingLeavesTheRegisterAsItWas() {
		Settlement broken = new Settlement("x".repeat(101), "EUR", 1, BigDecimal.ONE, BigDecimal.ZERO);
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> this.ledger.book(new RunWithToken(9), List.of(SETTLEMENTS.get(0), broken)));
		assertThat(bookedTokens()).isEmpty();
		this.ledger.book(new RunWithToken(8), SETTLEMENTS);
		assertThat(bookedTokens()).containsExactly(8L);
	}

	@Test
	void registerGuardsNothingWithoutTransaction() {
		assertThatExceptionOfType(IllegalTransactionStateException.class)
			.isThrownBy(() -> this.register.admit("settlement", 10));
	}

	private List<Long> bookedTokens() {
		return this.jdbc.sql("select token from settlement order by id").query(Long.class).list();
	}

	private static final class RunWithToken extends JobRun {

		private final long token;

		RunWithToken(long token) {
			this.token = token;
		}

		@Override
		public String name() {
			return "settlement";
		}

		@Override
		public Instant tick() {
			return Instant.EPOCH;
		}

		@Override
		public long token() {
			return this.token;
		}

		@Override
		public String server() {
			return "server";
		}

		@Override
		public Trigger trigger() {
			return Trigger.SCHEDULE;
		}

		@Override
		public boolean isLockHeld() {
			return true;
		}

		@Override
		public void assertLockHeld() {
		}

	}

}
