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
package io.github.lockstarter.test;

import java.util.HashMap;
import java.util.Map;

import org.springframework.util.Assert;

/**
 * Properties as a test writes them.
 */
final class TestProperties {

	private TestProperties() {
	}

	static Map<String, Object> of(String... properties) {
		Map<String, Object> map = new HashMap<>();
		for (String property : properties) {
			int equals = property.indexOf('=');
			Assert.isTrue(equals > 0, () -> "Write a property like name=value: " + property);
			map.put(property.substring(0, equals), property.substring(equals + 1));
		}
		return map;
	}

}
