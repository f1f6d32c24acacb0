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
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class SettlementTests {

	@Test
	void settlesOrdersOfTheFile() {
		List<Order> orders = new OrderFile(new ClassPathResource("orders.csv")).read();
		assertThat(Settlement.of(orders)).containsExactly(
				new Settlement("Hanok Coffee", "KRW", 4, new BigDecimal("61500"), new BigDecimal("1538")),
				new Settlement("Harbor Books", "USD", 4, new BigDecimal("182.65"), new BigDecimal("4.57")),
				new Settlement("Nordlicht Bikes", "EUR", 4, new BigDecimal("1813.35"), new BigDecimal("45.33")));
	}

	@Test
	void merchantGetsGrossLessFee() {
		assertThat(new Settlement("Shop", "EUR", 1, new BigDecimal("100.00"), new BigDecimal("2.50")).net())
			.isEqualByComparingTo("97.50");
	}

	@Test
	void merchantWithTwoCurrenciesHasTwoSettlements() {
		List<Order> orders = read("A-1,Shop,10.00,EUR,2026-03-02T08:14:05Z\nA-2,Shop,10.00,USD,2026-03-02T08:14:05Z\n");
		assertThat(Settlement.of(orders)).extracting(Settlement::currency).containsExactly("EUR", "USD");
	}

	@Test
	void lineThatIsNoOrderIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> read("A-1,Shop,10.00\n"))
			.withMessageContaining("A-1,Shop,10.00");
	}

	private static List<Order> read(String lines) {
		String file = "order_id,merchant,amount,currency,paid_at\n" + lines;
		return new OrderFile(new ByteArrayResource(file.getBytes(StandardCharsets.UTF_8))).read();
	}

}
